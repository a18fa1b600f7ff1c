#include "dnn_pool.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace fs::dnn {

namespace {
constexpr int kFieldBits = 20;
constexpr uint64_t kField = (uint64_t{1} << kFieldBits) - 1;

// Between two operations of one network lie microseconds: a worker that spins for about 50 of them is there in time, and one
// that finds no work by then sleeps, so that decoder and encoder threads get the core.
constexpr int kSpins = 1500;

void pause() noexcept {
#if defined(__x86_64__) || defined(_M_X64)
    _mm_pause();
#endif
}
}  // namespace

Pool::Pool(int32_t threads) : threads_(threads < 1 ? 1 : threads) {
    workers_.reserve(threads_ - 1);
    for (int32_t i = 1; i < threads_; i++)
        workers_.emplace_back([this, i] { work(i); });
}

Pool::~Pool() {
    stop_.store(true);
    signal_.fetch_add(1);
    signal_.notify_all();
    for (auto& worker : workers_)
        worker.join();
}

bool Pool::take(uint64_t& ticket) noexcept {
    ticket = ticket_.load(std::memory_order_acquire);
    while ((ticket & kField) < ((ticket >> kFieldBits) & kField))
        if (ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel, std::memory_order_acquire))
            return true;
    return false;
}

void Pool::drain(int32_t thread) noexcept {
    for (uint64_t ticket; take(ticket);) {
        task_(context_, static_cast<int32_t>(ticket & kField), thread);
        completed_.fetch_add(1, std::memory_order_release);
    }
}

void Pool::work(int32_t thread) noexcept {
    while (!stop_.load(std::memory_order_relaxed)) {
        uint32_t seen = signal_.load(std::memory_order_acquire);
        drain(thread);
        for (int spin = 0; spin < kSpins && signal_.load(std::memory_order_relaxed) == seen; spin++)
            pause();
        if (signal_.load(std::memory_order_relaxed) == seen)
            signal_.wait(seen, std::memory_order_acquire);
    }
}

void Pool::run(task_fn task, void* context, int32_t tasks) noexcept {
    // A loop longer than the ticket's field can count goes in pieces; nothing in the engine comes near.
    if (threads_ == 1 || tasks <= 1 || tasks > static_cast<int32_t>(kField)) {
        for (int32_t i = 0; i < tasks; i++)
            task(context, i, 0);
        return;
    }
    task_ = task;
    context_ = context;
    completed_.store(0, std::memory_order_relaxed);
    uint64_t loop = (ticket_.load(std::memory_order_relaxed) >> (2 * kFieldBits)) + 1;
    ticket_.store((loop << (2 * kFieldBits)) | (static_cast<uint64_t>(tasks) << kFieldBits), std::memory_order_release);
    signal_.fetch_add(1, std::memory_order_release);
    signal_.notify_all();
    drain(0);
    for (int spin = 0; completed_.load(std::memory_order_acquire) != tasks; spin++) {
        pause();
        if (spin > 4 * kSpins)
            std::this_thread::yield();
    }
}

}  // namespace fs::dnn
