// Many rounds of stages with a few tiny tasks, so that the threads meet at every point of the hand-over
// from one stage to the next.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>

#include "pool/stages.h"

namespace ramble {

// Ends the program unless every task runs once, behind all of the stage before it, and all end.
inline void checkStages(int threads, int rounds) {
  constexpr int STAGES = 5, TASKS = 6;
  setThreadCount(threads);
  alarm(120);  // ends a program whose threads wait for each other
  for (int round = 0; round < rounds; round++) {
    const int count = 1 + round % STAGES;
    const auto tasksOf = [&](int stage) { return 1 + (round + stage * 5) % TASKS; };
    std::atomic<int> ran[STAGES] = {};
    std::atomic<bool> isEarly{false};
    runStages(count, tasksOf, [&](int stage, int, int) {
      ran[stage].fetch_add(1);
      if (stage > 0 && ran[stage - 1].load() != tasksOf(stage - 1)) isEarly = true;
    });
    for (int stage = 0; stage < count; stage++) {
      if (!isEarly && ran[stage] == tasksOf(stage)) continue;
      printf("stages: expected each task once, behind the stage before it (round %d)\n", round);
      exit(1);
    }
  }
  alarm(0);
}

}  // namespace ramble
