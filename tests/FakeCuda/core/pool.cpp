#include "pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <thread>

namespace fake
{
namespace
{

struct Pool
{
    std::mutex job_lock; // held for the length of a job
    std::mutex lock;
    std::condition_variable changed;
    const std::function<void(long long, int)>* body = nullptr;
    std::atomic<long long> next{0};
    long long parts = 0;
    unsigned long long job = 0;
    int running = 0;
    int threads;

    Pool() : threads(std::max(1u, std::thread::hardware_concurrency()))
    {
        for (int worker = 1; worker < threads; worker++)
            std::thread([this, worker] { serve(worker); }).detach();
    }

    void take(int worker)
    {
        for (long long part = next++; part < parts; part = next++)
            (*body)(part, worker);
    }

    void serve(int worker)
    {
        unsigned long long done = 0;
        for (;;)
        {
            {
                std::unique_lock<std::mutex> hold(lock);
                changed.wait(hold, [&] { return job != done; });
                done = job;
            }
            take(worker);
            std::lock_guard<std::mutex> hold(lock);
            running--;
            changed.notify_all();
        }
    }
};

Pool& pool()
{
    static Pool* p = new Pool;
    return *p;
}

} // namespace

int pool_threads() { return pool().threads; }

void parallel(long long parts, const std::function<void(long long, int)>& body)
{
    Pool& p = pool();
    std::lock_guard<std::mutex> one(p.job_lock);
    if (parts <= 1 || p.threads == 1)
    {
        for (long long part = 0; part < parts; part++)
            body(part, 0);
        return;
    }
    {
        std::lock_guard<std::mutex> hold(p.lock);
        p.body = &body;
        p.parts = parts;
        p.next = 0;
        p.running = p.threads - 1;
        p.job++;
        p.changed.notify_all();
    }
    p.take(0);
    std::unique_lock<std::mutex> hold(p.lock);
    p.changed.wait(hold, [&] { return p.running == 0; });
}

} // namespace fake
