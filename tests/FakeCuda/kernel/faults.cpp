#include "faults.h"
#include "fs_host.h"
#include "memory.h"

#include <csignal>
#include <cstdio>
#include <unistd.h>

namespace fake
{
namespace
{

thread_local Recovery* recovery = nullptr;
struct sigaction before_segv, before_bus;

void handle(int signal, siginfo_t* info, void* context)
{
    if (recovery != nullptr)
    {
        // The kernel's own code faulted, so no lock of ours is held and the message can be made here.
        uint64_t address = reinterpret_cast<uint64_t>(info->si_addr);
        fault("%s touches 0x%llx: %s", whereabouts().c_str(), static_cast<unsigned long long>(address), describe(address).c_str());
        sigset_t unblock;
        sigemptyset(&unblock);
        sigaddset(&unblock, signal);
        pthread_sigmask(SIG_UNBLOCK, &unblock, nullptr);
        abandon(Outcome::IllegalAddress);
    }
    uint64_t address = reinterpret_cast<uint64_t>(info->si_addr);
    if (in_device_range(address) || in_pinned_range(address))
        fault("host code touches device or pinned memory at 0x%llx: %s", static_cast<unsigned long long>(address), describe(address).c_str());
    const struct sigaction& before = signal == SIGSEGV ? before_segv : before_bus;
    if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != nullptr)
        before.sa_sigaction(signal, info, context);
    else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
        before.sa_handler(signal);
    else
        sigaction(signal, &before, nullptr);
}

} // namespace

void install_fault_handler()
{
    static bool once = [] {
        struct sigaction action = {};
        action.sa_sigaction = handle;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        sigemptyset(&action.sa_mask);
        sigaction(SIGSEGV, &action, &before_segv);
        sigaction(SIGBUS, &action, &before_bus);
        return true;
    }();
    (void)once;
}

void set_recovery(Recovery* to) { recovery = to; }

void abandon(Outcome outcome)
{
    recovery->outcome = outcome;
    siglongjmp(recovery->back, 1);
}

} // namespace fake
