// The engine's threads: one parallel loop at a time, tasks handed out in order, the caller takes part.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace fs::dnn {

// One task of a loop: context as given to run, the task's number, and the number of the thread that runs it.
using task_fn = void (*)(void* context, int32_t task, int32_t thread);

class Pool {
public:
    explicit Pool(int32_t threads);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    int32_t threads() const { return threads_; }

    // Runs task(context, 0 … tasks − 1, thread) and returns when all are done. Neither allocates nor throws. Which thread gets a
    // task is left to chance, so a task's result must not depend on it.
    void run(task_fn task, void* context, int32_t tasks) noexcept;

    template <class Body>
    void parallel(int32_t tasks, Body&& body) noexcept {
        auto call = [](void* context, int32_t task, int32_t thread) { (*static_cast<std::remove_reference_t<Body>*>(context))(task, thread); };
        run(call, &body, tasks);
    }

private:
    void work(int32_t thread) noexcept;
    bool take(uint64_t& ticket) noexcept;
    void drain(int32_t thread) noexcept;

    int32_t threads_;
    std::vector<std::thread> workers_;
    task_fn task_ = nullptr;
    void* context_ = nullptr;
    // loop number (24 bits) | number of tasks (20) | next task (20). One word, so that a worker that wakes late can never take a
    // task of a loop that it has not seen whole.
    alignas(64) std::atomic<uint64_t> ticket_{0};
    alignas(64) std::atomic<int32_t> completed_{0};
    alignas(64) std::atomic<uint32_t> signal_{0};
    std::atomic<bool> stop_{false};
};

}  // namespace fs::dnn
