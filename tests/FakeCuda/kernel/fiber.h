// A stack of its own for a thread of a block that waits. x86-64 System V only.
#pragma once

#include <cstddef>

namespace fake
{

struct Fiber
{
    Fiber() = default;
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;
    ~Fiber(); // gives the stack back; not while it runs

    void* stack = nullptr; // lowest usable byte
    void* saved = nullptr; // stack pointer while not running
    unsigned thread = 0; // of the block, while it runs or waits
};

// Makes the fiber start at `entry`, which never returns, at its next switch.
void prepare(Fiber& fiber, void (*entry)());
// Leaves the running stack (its pointer goes to *from) and continues on `to`.
void switch_stack(void** from, void* to);

} // namespace fake
