// Runs the threads of a block on one host thread: in a loop on one stack as long as none waits. A thread that meets a barrier or a shuffle stays on
// its stack, and the threads not yet started go on with another. When all wait or have ended, what they wait for must agree, or the block diverged.
#include "block.h"
#include "faults.h"
#include "fiber.h"
#include "fs_host.h"

#include <memory>

thread_local fs_host_coordinates fs_host_thread;
thread_local fs_host_coordinates fs_host_block;
thread_local fs_host_coordinates fs_host_block_size;
thread_local fs_host_coordinates fs_host_grid_size;

namespace fake
{
namespace
{

constexpr unsigned most_threads = 1024;
constexpr unsigned lanes = 32;

struct Warp
{
    unsigned waiting = 0;
    unsigned live = 0;
    int line = 0;
    fs_u32 mask = 0;
    unsigned generation = 0;
    fs_u32 values[2][lanes] = {};
    Fiber* parked[lanes] = {};
};

struct Scheduler
{
    const Kernel* kernel = nullptr;
    const void* args = nullptr;
    void* dynamic_shared = nullptr;
    void* home = nullptr; // the host thread's own stack
    Extent size;
    unsigned threads = 0;
    unsigned next = 0;
    fs_host_coordinates next_place = {};
    bool downwards = false; // threads start from the last to the first
    unsigned live = 0;
    unsigned at_barrier = 0;
    int barrier_line = 0;
    Fiber* running = nullptr;
    std::vector<std::unique_ptr<Fiber>> all;
    std::vector<Fiber*> idle;
    std::vector<Fiber*> ready; // run in order of parking
    std::vector<Fiber*> parked;
    Warp warps[most_threads / lanes];
};

// The owner ends with its thread: streams come and go, and a process may hold only so many mappings.
thread_local std::unique_ptr<Scheduler> owner;
thread_local Scheduler* scheduler = nullptr;

void place(unsigned thread)
{
    const Extent& size = scheduler->size;
    fs_host_thread = {thread % size.x, thread / size.x % size.y, thread / size.x / size.y};
}

// A fiber's life: start threads until none is left, then rest; a rested fiber starts anew when it is needed again.
void fiber_main()
{
    for (;;)
    {
        scheduler->kernel->run(scheduler->args);
        Fiber* self = scheduler->running;
        scheduler->idle.push_back(self);
        switch_stack(&self->saved, scheduler->home);
    }
}

void park()
{
    Fiber* self = scheduler->running;
    switch_stack(&self->saved, scheduler->home);
    place(self->thread);
}

void resume(Fiber* fiber)
{
    scheduler->running = fiber;
    switch_stack(&scheduler->home, fiber->saved);
}

Fiber* rested()
{
    if (scheduler->idle.empty())
    {
        scheduler->all.push_back(std::make_unique<Fiber>());
        prepare(*scheduler->all.back(), fiber_main);
        return scheduler->all.back().get();
    }
    Fiber* fiber = scheduler->idle.back();
    scheduler->idle.pop_back();
    return fiber;
}

void diverged(const std::string& why)
{
    fault("%s: %s", whereabouts().c_str(), why.c_str());
    abandon(Outcome::Diverged);
}

void begin_block()
{
    Scheduler& s = *scheduler;
    s.next = 0;
    s.next_place = s.downwards ? fs_host_coordinates{s.size.x - 1, s.size.y - 1, s.size.z - 1} : fs_host_coordinates{};
    s.live = s.threads;
    s.at_barrier = 0;
    for (unsigned w = 0; w * lanes < s.threads; w++)
    {
        s.warps[w].waiting = 0;
        s.warps[w].live = std::min(lanes, s.threads - w * lanes);
    }
}

void run_block()
{
    Scheduler& s = *scheduler;
    begin_block();
    while (s.live > 0)
    {
        if (!s.ready.empty())
        {
            // In the order they waited: lane 0 first, as the loop that starts threads goes.
            std::vector<Fiber*> batch;
            batch.swap(s.ready);
            for (Fiber* fiber : batch)
                resume(fiber);
        }
        else if (s.next < s.threads)
            resume(rested());
        else
            diverged("some threads wait where others of the block never come: " + std::to_string(s.threads - s.live) + " threads have ended, "
                + std::to_string(s.at_barrier) + " wait at the barrier of line " + std::to_string(s.barrier_line) + ", the others in shuffles");
    }
}

// After a fault every fiber holds a dead thread's frames.
void forget_fibers()
{
    scheduler->idle.clear();
    scheduler->ready.clear();
    scheduler->parked.clear();
    for (auto& fiber : scheduler->all)
    {
        prepare(*fiber, fiber_main);
        scheduler->idle.push_back(fiber.get());
    }
}

} // namespace

std::string whereabouts()
{
    auto text = [](const fs_host_coordinates& c) { return "(" + std::to_string(c.x) + "," + std::to_string(c.y) + "," + std::to_string(c.z) + ")"; };
    return std::string("kernel ") + (scheduler != nullptr && scheduler->kernel != nullptr ? scheduler->kernel->name : "?") + " block " + text(fs_host_block) + " thread "
        + text(fs_host_thread);
}

Outcome run_blocks(const Kernel& kernel, Extent grid, Extent block, const void* args, void* dynamic_shared, long long first, long long last)
{
    if (scheduler == nullptr)
    {
        owner = std::make_unique<Scheduler>();
        scheduler = owner.get();
    }
    Scheduler& s = *scheduler;
    s.kernel = &kernel;
    s.args = args;
    s.dynamic_shared = dynamic_shared;
    s.size = block;
    s.threads = block.x * block.y * block.z;
    fs_host_block_size = {block.x, block.y, block.z};
    fs_host_grid_size = {grid.x, grid.y, grid.z};
    Recovery recovery;
    set_recovery(&recovery);
    if (sigsetjmp(recovery.back, 0) == 0)
    {
        for (long long b = first; b < last; b++)
        {
            fs_host_block = {static_cast<fs_u32>(b % grid.x), static_cast<fs_u32>(b / grid.x % grid.y), static_cast<fs_u32>(b / grid.x / grid.y)};
            // Threads of a block have no order: one that leans on another without a barrier gets a wrong answer in one of the two.
            s.downwards = b % 2 == 1;
            run_block();
        }
    }
    else
        forget_fibers();
    set_recovery(nullptr);
    return recovery.outcome;
}

} // namespace fake

using namespace fake;

bool fs_host_next_thread()
{
    Scheduler& s = *scheduler;
    if (s.next >= s.threads)
        return false;
    s.running->thread = s.downwards ? s.threads - 1 - s.next : s.next;
    s.next++;
    fs_host_thread = s.next_place;
    // Counted on rather than divided out: this is every thread's start.
    auto count = [&](fs_u32& value, fs_u32 size)
    {
        bool wraps = s.downwards ? value == 0 : value + 1 == size;
        value = wraps ? (s.downwards ? size - 1 : 0) : s.downwards ? value - 1 : value + 1;
        return wraps;
    };
    if (count(s.next_place.x, s.size.x) && count(s.next_place.y, s.size.y))
        count(s.next_place.z, s.size.z);
    return true;
}

void fs_host_thread_done()
{
    Scheduler& s = *scheduler;
    s.live--;
    unsigned warp = s.running->thread / lanes;
    s.warps[warp].live--;
    if (s.at_barrier > 0)
        diverged("a thread ends while " + std::to_string(s.at_barrier) + " wait at the barrier of line " + std::to_string(s.barrier_line));
    if (s.warps[warp].waiting > 0)
        diverged("a thread ends while lanes of its warp wait in the shuffle of line " + std::to_string(s.warps[warp].line));
}

void fs_host_barrier(int line)
{
    Scheduler& s = *scheduler;
    if (s.live < s.threads)
        diverged("waits at the barrier of line " + std::to_string(line) + " after " + std::to_string(s.threads - s.live) + " threads have ended");
    if (s.at_barrier > 0 && s.barrier_line != line)
        diverged("waits at the barrier of line " + std::to_string(line) + " while others wait at that of line " + std::to_string(s.barrier_line));
    s.barrier_line = line;
    s.parked.push_back(s.running);
    if (++s.at_barrier < s.threads)
    {
        park();
        return;
    }
    // The last to come lets all go, itself behind the others so that their order stays the same.
    s.at_barrier = 0;
    s.ready.insert(s.ready.end(), s.parked.begin(), s.parked.end());
    s.parked.clear();
    park();
}

int fs_host_lane() { return static_cast<int>(scheduler->running->thread % lanes); }
void* fs_host_dynamic_shared() { return scheduler->dynamic_shared; }

fs_u32 fs_host_shuffle(fs_u32 mask, fs_u32 value, int source_lane, int line)
{
    Scheduler& s = *scheduler;
    unsigned thread = s.running->thread, lane = thread % lanes;
    Warp& warp = s.warps[thread / lanes];
    unsigned members = std::min(lanes, s.threads - thread / lanes * lanes);
    if (mask != 0xFFFFFFFFu)
        diverged("a shuffle of part of a warp (line " + std::to_string(line) + "); the stand-in knows full masks only");
    if (warp.live < members)
        diverged("a shuffle (line " + std::to_string(line) + ") after a lane of the warp has ended");
    if (warp.waiting > 0 && warp.line != line)
        diverged("a shuffle of line " + std::to_string(line) + " while other lanes wait in that of line " + std::to_string(warp.line));
    warp.line = line;
    unsigned generation = warp.generation;
    warp.values[generation & 1][lane] = value;
    warp.parked[warp.waiting++] = s.running;
    if (warp.waiting == members)
    {
        warp.generation++;
        s.ready.insert(s.ready.end(), warp.parked, warp.parked + members);
        warp.waiting = 0;
    }
    park();
    // What a lane that does not exist would give is undefined on the device: not a number here.
    return static_cast<unsigned>(source_lane) < members ? warp.values[generation & 1][source_lane] : 0xFFFFFFFFu;
}

void fs_host_misaligned(const void* address, fs_u64 alignment, bool store)
{
    fault("%s %s %llu bytes at %p, which is no multiple of %llu", whereabouts().c_str(), store ? "writes" : "reads", alignment, address, alignment);
    abandon(Outcome::Misaligned);
}
