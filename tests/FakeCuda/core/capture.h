// Stream capture and graphs: what cuStreamBeginCapture allows, which calls end it, and how a graph is run.
#pragma once

#include "stream.h"

namespace fake
{

struct Node
{
    std::string name;
    Work work; // empty: a join only
    std::vector<Node*> after;
};

struct Graph
{
    std::vector<std::unique_ptr<Node>> nodes; // in an order that respects `after`
};
using GraphRef = std::shared_ptr<Graph>;

struct Capture
{
    GraphRef graph = std::make_shared<Graph>();
    Stream* origin = nullptr;
    CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
    std::thread::id thread;
    unsigned long long id = 0;
    bool invalid = false;
    std::vector<Stream*> streams;
};
using CaptureRef = std::shared_ptr<Capture>;

// Fails, and invalidates the captures, when a running capture prohibits calls like this one on this thread.
FAKE_SHARED CUresult refuse_in_capture(const char* function);
// The null stream cannot be used while a blocking stream of its context captures.
CUresult refuse_legacy(Context* context, const char* function);
CUresult add_node(Stream* stream, const char* name, Work work);

CUresult begin_capture(Stream* stream, CUstreamCaptureMode mode);
CUresult end_capture(Stream* stream, GraphRef* graph);
CUresult capture_record(Stream* stream, Event* event);
CUresult capture_wait(Stream* stream, Event* event);
// The thread's own interaction mode; returns the one before.
CUstreamCaptureMode exchange_mode(CUstreamCaptureMode mode);

// Runs every node, each behind those it depends on; where several are ready, the one captured last goes first, so that a dependency which was
// only an accident of the capture's order shows.
void run_graph(const Graph& graph);

} // namespace fake
