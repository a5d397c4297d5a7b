// The thread that makes all calls of MPI, so that MPI_THREAD_FUNNELED is enough: one in a process, as MPI
// starts once. Operations run in the order in which they were posted; the thread sleeps while there are none.
#pragma once

#include "library/mpi.h"
#include "worker/operation.h"

namespace ramble {

// `finished` is called on the thread after each operation. A second thread watches how long an operation
// takes: after `timeoutSeconds` it ends the process, and with it the launcher ends the other ranks. Returns
// false where the system refuses a thread.
bool startWorker(Mpi &mpi, double timeoutSeconds, void (*finished)(Operation *));

void post(Operation &operation);

constexpr int MAX_WORK_BYTES = 64;

// What the operations from here on are for: the watching thread names it when one takes too long.
void announceWork(const char *work);

// Ends the processes of all ranks, by MPI_Abort if the thread is free soon, else by ending this process.
[[noreturn]] void abortRanks(int status);

}  // namespace ramble
