// Turns a bad access inside a kernel into the error that a device would leave.
#pragma once

#include "block.h"

#include <csetjmp>

namespace fake
{

// Where a thread that runs kernels goes back to when one faults.
struct Recovery
{
    sigjmp_buf back;
    Outcome outcome = Outcome::Done;
};

// Installs the signal handler once; faults outside of kernels go to the handler before it.
void install_fault_handler();
// The running kernel's recovery on this thread; null: none runs.
void set_recovery(Recovery* recovery);
[[noreturn]] void abandon(Outcome outcome);

// Who runs on this thread: for messages.
std::string whereabouts();

} // namespace fake
