// Many small jobs, each after the one before it, as one job of the pool: waiting between them takes a
// fraction of a microsecond.
#pragma once

#include <sched.h>
#include <stdint.h>

#include <atomic>

#include "pool.h"

namespace ramble {

// Runs work(stage, task, worker) for the tasksOf(stage) tasks, at least one, of every stage; a stage
// begins when the one before it is done. A thread that comes late joins where the others are.
template <class TaskCount, class Work>
void runStages(int count, const TaskCount &tasksOf, const Work &work) {
  // The stage in the upper half, its next task in the lower.
  alignas(64) std::atomic<uint64_t> next{0};
  alignas(64) std::atomic<int> done{0};
  parallel(threadCount(), [&](int, int worker) {
    for (;;) {
      const uint64_t claimed = next.fetch_add(1);
      const int stage = static_cast<int>(claimed >> 32);
      if (stage >= count) return;
      const int task = static_cast<int>(claimed), tasks = tasksOf(stage);
      if (task < tasks) {
        work(stage, task, worker);
        if (done.fetch_add(1) + 1 < tasks) continue;
        done.store(0);
        next.store(static_cast<uint64_t>(stage + 1) << 32);
        continue;
      }
      // Another thread has the last tasks. It may have lost its processor.
      for (int i = 1; next.load() >> 32 == static_cast<uint64_t>(stage); i++) {
        if (i % 1024 == 0) {
          sched_yield();
        } else {
          pause();
        }
      }
    }
  });
}

}  // namespace ramble
