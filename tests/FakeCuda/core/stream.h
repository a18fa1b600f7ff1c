// Streams run their work in order on a thread of their own, so a missing wait shows; events mark places in that order.
#pragma once

#include "context.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <thread>

namespace fake
{

using Work = std::function<void()>;

// A place in a stream's order that has been reached or not.
struct Marker
{
    bool reached = false;
    double milliseconds = 0; // when, on a steady clock
};
using MarkerRef = std::shared_ptr<Marker>;

void reach(const MarkerRef& marker);
bool reached(const MarkerRef& marker);
void wait_for(const MarkerRef& marker);

struct Capture;
struct Node;

// Its thread owns it; whoever waits for it without the big lock owns it too.
struct Stream : std::enable_shared_from_this<Stream>
{
    Context* context = nullptr;
    unsigned flags = 0;
    int priority = 0;
    bool legacy = false;

    std::mutex lock;
    std::condition_variable changed;
    std::deque<Work> queue;
    bool busy = false;
    bool ending = false;

    std::shared_ptr<Capture> capture;
    std::vector<Node*> tail; // nodes that the stream's next node depends on

    bool blocking() const { return !legacy && (flags & CU_STREAM_NON_BLOCKING) == 0; }
};

struct Event
{
    Context* context = nullptr;
    unsigned flags = 0;
    MarkerRef marker; // null: never recorded
    std::shared_ptr<Capture> capture; // set while its last record was captured
    std::vector<Node*> tail;
};

Stream* start_stream(Context* context, unsigned flags, int priority, bool legacy);
// Lets queued work end, then ends the thread.
void end_stream(Stream* stream);
bool idle(Stream* stream);
void synchronize(Stream* stream);

// Puts work behind what the stream has, or, while the stream captures, makes it a node. Never fails for a live stream that can take work.
FAKE_SHARED CUresult submit(Stream* stream, const char* name, Work work);
// Puts work behind what the stream has, capture or not.
void enqueue(Stream* stream, Work work);

// The stream behind a handle: null and CU_STREAM_LEGACY are the context's null stream. Fails for a dead handle or another context's stream.
FAKE_SHARED CUresult find_stream(const char* what, CUstream handle, Stream** stream);
CUresult find_event(const char* what, CUevent handle, Event** event);

} // namespace fake
