// The threads of the process that kernels share. Tasks are claimed one by one; a kernel's result
// must not depend on who ran which task.
#pragma once

namespace ramble {

constexpr int MAX_THREADS = 256;

// The number of threads that work on a job of the calling thread, itself included.
int threadCount();
// Sets the number of threads for the jobs of the calling thread; minimum 1.
void setThreadCount(int count);

// Whether kernels of the calling thread may use the processor's instructions for pairs of bf16.
bool hasPairs();
void setPairs(bool isAllowed);

// Runs work(context, task, worker) for every task from 0 to count - 1 and returns when all are done;
// worker is below threadCount(). While another caller's job is running, the caller runs all tasks itself.
void runTasks(int count, void (*work)(void *context, int task, int worker), void *context);

template <class Work>
void parallel(int count, const Work &work) {
  runTasks(
      count, [](void *context, int task, int worker) { (*static_cast<const Work *>(context))(task, worker); },
      const_cast<Work *>(&work));
}

// Pauses between two looks at what another thread may have done.
inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Lets another thread have the processor.
void giveWay();

inline int ceilDivide(long long a, long long b) { return static_cast<int>((a + b - 1) / b); }

}  // namespace ramble
