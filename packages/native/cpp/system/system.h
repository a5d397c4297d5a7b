// Threads, the clock and memory of the system. posix.h and windows.h have the same names. Only units that are
// compiled once may include this file: its functions must not be compiled for an instruction set.
#pragma once

#if defined(_WIN32)
#include "system/windows.h"
#else
#include "system/posix.h"
#endif
