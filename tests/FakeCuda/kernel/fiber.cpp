#include "fiber.h"

#include <cstdint>
#include <sys/mman.h>

// Callee-saved registers go to the stack that is left and come from the stack that is entered. Rounding modes are nobody's to change.
asm(R"(
.text
.globl fake_switch_stack
.hidden fake_switch_stack
.type fake_switch_stack, @function
fake_switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size fake_switch_stack, .-fake_switch_stack
)");
extern "C" void fake_switch_stack(void** from, void* to);

namespace fake
{
namespace
{

constexpr size_t stack_size = 128 * 1024;
constexpr size_t guard = 4096;

} // namespace

Fiber::~Fiber()
{
    if (stack != nullptr)
        munmap(static_cast<char*>(stack) - guard, stack_size + guard);
}

void prepare(Fiber& fiber, void (*entry)())
{
    if (fiber.stack == nullptr)
    {
        char* at = static_cast<char*>(mmap(nullptr, stack_size + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
        mprotect(at, guard, PROT_NONE);
        fiber.stack = at + guard;
    }
    // At entry a function expects its return address on a stack aligned to 16 plus 8.
    uint64_t* top = reinterpret_cast<uint64_t*>(static_cast<char*>(fiber.stack) + stack_size) - 2;
    *top = 0;
    *--top = 0;
    *--top = reinterpret_cast<uint64_t>(entry);
    for (int i = 0; i < 6; i++)
        *--top = 0;
    fiber.saved = top;
}

void switch_stack(void** from, void* to) { fake_switch_stack(from, to); }

} // namespace fake
