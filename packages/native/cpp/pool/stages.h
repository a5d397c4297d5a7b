// Stages: many small jobs in sequence, run as one job of the pool, so that waiting between them takes a
// fraction of a microsecond.
#pragma once

#include <stdint.h>

#include <atomic>

#include "pool/pool.h"

namespace ramble {

// What a thread has begun of its share of a stage: the stage in the upper half, the number of tasks in the
// lower.
struct alignas(64) StageShare {
  std::atomic<uint64_t> begun;
};

// Runs work(stage, task, worker) for the tasksOf(stage) tasks, at least one, of every stage; a stage
// begins when the one before it is done. A thread runs the same tasks of a stage every time, so that the
// cache of its core holds the weights that they read, and then steals work from the other shares: a late
// thread joins the current stage, and none waits for a thread that never comes. It reports the number of
// tasks that it has run once, when it finds no more, because a message from one die to another takes as long
// as a small task.
template <class TaskCount, class Work>
void runStages(int count, const TaskCount &tasksOf, const Work &work) {
  const int threads = threadCount();
  StageShare shares[MAX_THREADS];
  alignas(64) std::atomic<int> done{0};  // tasks of the stage
  // The last share is never empty, so the stage cannot end, nor a later one begin, before all are set.
  const auto begin = [&](int stage) {
    for (int i = 0; i < threads; i++) shares[i].begun.store(static_cast<uint64_t>(stage) << 32);
  };
  const auto stageOf = [&](int thread) { return static_cast<int>(shares[thread].begun.load() >> 32); };
  const auto firstOf = [&](int tasks, int thread) {
    return static_cast<int>(1LL * tasks * thread / threads);
  };
  // Runs a task of a thread's share and returns its stage, or `count` when none is left.
  const auto runOne = [&](int thread, int worker) {
    const uint64_t claimed = shares[thread].begun.fetch_add(1);
    const int stage = static_cast<int>(claimed >> 32);
    if (stage >= count) return count;
    const int tasks = tasksOf(stage), task = firstOf(tasks, thread) + static_cast<int>(claimed);
    if (task >= firstOf(tasks, thread + 1)) return count;
    work(stage, task, worker);
    return stage;
  };
  begin(0);
  parallel(threads, [&](int, int worker) {
    for (int seen; (seen = stageOf(worker)) < count;) {
      // These tasks belong to one stage, which does not end before they are reported.
      int ran = 0, stage = seen;
      for (int i = 0; i < threads; i++) {
        for (int of; (of = runOne((worker + i) % threads, worker)) < count; ran++) stage = of;
      }
      if (ran > 0 && done.fetch_add(ran) + ran == tasksOf(stage)) {
        done.store(0);
        begin(stage + 1);
      }
      // Another thread runs the last tasks; the system may have taken its processor away.
      for (int i = 1; stageOf(worker) == seen; i++) {
        if (i % 1024 == 0) {
          giveWay();
        } else {
          pause();
        }
      }
    }
  });
}

}  // namespace ramble
