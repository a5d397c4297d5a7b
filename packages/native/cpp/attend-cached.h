// Attention of new positions over the keys and values of a cache.
#pragma once

#include <type_traits>

#include "weights.h"

namespace ramble::RAMBLE_ISA {

// scores[s] (+)= query . keys[s] * scale; keys are `line` floats apart.
inline void scoreKeys(const float *query, const float *keys, size_t line, int D, int count,
                      bool isAdded, float *scores) {
  const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(D));
  const auto score = [&](int s, auto keysAtOnce) {
    constexpr int N = decltype(keysAtOnce)::value;
    Vec total[N] = {};
    forRow(D, [&](int d, int n) {
      const Vec q = loadUpTo(query + d, n);
#pragma GCC unroll 4
      for (int i = 0; i < N; i++) total[i] += q * loadUpTo(keys + (s + i) * line + d, n);
    });
    for (int i = 0; i < N; i++) {
      scores[s + i] = (isAdded ? scores[s + i] : 0) + sum(total[i]) * scale;
    }
  };
  int s = 0;
  for (; s + 4 <= count; s += 4) score(s, std::integral_constant<int, 4>());
  for (; s < count; s++) score(s, std::integral_constant<int, 1>());
}

// Scores become exponentials. Returns their sum.
inline float weighScores(float *scores, int count) {
  const float highest = rowMaximum(scores, count);
  float total = 0;
  forRow(count, [&](int s, int n) {
    const Vec weight = exponential(loadUpTo(scores + s, n) - highest);
    storeUpTo(scores + s, weight, n);
    for (int lane = 0; lane < n; lane++) total += weight[lane];
  });
  return total;
}

// out[0..D) = sum of weights[s] * values[s] / total, up to 64 columns at a time.
inline void readValues(const float *weights, const float *values, size_t line, int D, int count,
                       float total, float *out) {
  constexpr int VECTORS = LANES == 16 ? 4 : 8;
  int d = 0;
  for (; d + VECTORS * LANES <= D; d += VECTORS * LANES) {
    Vec read[VECTORS] = {};
    for (int s = 0; s < count; s++) {
#pragma GCC unroll 8
      for (int i = 0; i < VECTORS; i++) {
        read[i] += weights[s] * load(values + s * line + d + i * LANES);
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < VECTORS; i++) store(out + d + i * LANES, read[i] / total);
  }
  for (; d < D; d += LANES) {
    const int n = D - d < LANES ? D - d : LANES;
    Vec read{};
    for (int s = 0; s < count; s++) read += weights[s] * loadUpTo(values + s * line + d, n);
    storeUpTo(out + d, read / total, n);
  }
}

constexpr int DISTANCES_AT_ONCE = 64;  // rows that are widened: they stay in the L1 cache

// scores[s] += query . row * scale, where the last of `count` keys is distance 0 and has the last row of a
// head's `reach` rows of the table; keys farther away than the table goes get nothing.
inline void addDistances(const StepOp &op, int head, const float *query, int D, int count,
                         float *memory, float *scores) {
  const int known = count < op.reach ? count : op.reach;
  size_t row = size_t(head + 1) * op.reach - known;
  scores += count - known;
  for (int s = 0; s < known; s += DISTANCES_AT_ONCE, row += DISTANCES_AT_ONCE) {
    const int n = known - s < DISTANCES_AT_ONCE ? known - s : DISTANCES_AT_ONCE;
    const float *rows = static_cast<const float *>(op.weights.values) + row * D;
    if (op.weights.width != Width::f32) {
      for (int r = 0; r < n; r++) readRow(op.weights, row + r, memory + r * D);
      rows = memory;
    }
    scoreKeys(query, rows, D, D, n, true, scores + s);
  }
}

// One head of one feed: its new keys and values go to the cache, then each of its rows reads there.
inline void attendFeed(const Step &step, const StepOp &op, const StepFeed &feed, int head,
                       const float *qkv, float *read, float *memory) {
  const StepProgram &program = *step.program;
  const int D = program.headDim;
  const size_t C = size_t(program.heads) * D;
  const size_t slot = size_t(feed.slot) * step.capacity * C + head * D;
  float *keys = program.keys[op.layer] + slot, *values = program.values[op.layer] + slot;
  float *scores = memory + DISTANCES_AT_ONCE * D;
  const float *query = qkv + feed.firstRow * 3 * C + head * D;
  for (int t = 0; t < feed.count; t++) {
    const size_t to = (feed.past + t) * C;
    __builtin_memcpy(keys + to, query + t * 3 * C + C, D * sizeof(float));
    __builtin_memcpy(values + to, query + t * 3 * C + 2 * C, D * sizeof(float));
  }
  for (int t = 0; t < feed.count; t++) {
    const int at = feed.past + t, end = at < feed.prefix ? feed.prefix : at + 1;
    const int block = op.block > 0 ? (at / op.block - op.back) * op.block : 0;
    const int first = block > 0 ? block : 0, seen = end - first;
    scoreKeys(query + t * 3 * C, keys + first * C, C, D, seen, false, scores);
    addDistances(op, head, query + t * 3 * C, D, seen, memory, scores);
    const float total = weighScores(scores, seen);
    readValues(scores, values + first * C, C, D, seen, total,
               read + (feed.firstRow + t) * C + head * D);
  }
}

}  // namespace ramble::RAMBLE_ISA
