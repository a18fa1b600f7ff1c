// Contexts and devices.
#pragma once

#include "core.h"

#include <vector>

namespace fake
{

struct Stream;

struct Context
{
    int device = 0;
    bool primary = true;
    int retained = 0;
    unsigned flags = 0;
    Stream* legacy = nullptr; // the null stream
    std::vector<Stream*> streams; // every other live stream
};

bool initialised();
FAKE_SHARED Context* current_context();
bool is_live(Context* context);
// Waits for all work of the context.
void drain(Context* context);
void forget_rules();

} // namespace fake
