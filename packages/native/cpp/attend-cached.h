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

// Rows of a cache that are read one after the other: `count` from `first` on, then the rest from `wrapped`
// on.
struct CachedRows {
  const float *first, *wrapped;
  int count, rest;
};

// out[0..D) = sum of weights[s] * values[s] / total, up to 64 columns at a time.
inline void readValues(const float *weights, const CachedRows &values, size_t line, int D, float total,
                       float *out) {
  constexpr int VECTORS = LANES == 16 ? 4 : 8;
  const auto forRows = [&](int d, const auto &body) {
    for (int s = 0; s < values.count; s++) body(weights[s], values.first + s * line + d);
    const float *later = weights + values.count;
    for (int s = 0; s < values.rest; s++) body(later[s], values.wrapped + s * line + d);
  };
  int d = 0;
  for (; d + VECTORS * LANES <= D; d += VECTORS * LANES) {
    Vec read[VECTORS] = {};
    forRows(d, [&](float weight, const float *value) {
#pragma GCC unroll 8
      for (int i = 0; i < VECTORS; i++) read[i] += weight * load(value + i * LANES);
    });
#pragma GCC unroll 8
    for (int i = 0; i < VECTORS; i++) store(out + d + i * LANES, read[i] / total);
  }
  for (; d < D; d += LANES) {
    const int n = D - d < LANES ? D - d : LANES;
    Vec read{};
    forRows(d, [&](float weight, const float *value) { read += weight * loadUpTo(value, n); });
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

// Groups that a feed completes.
inline int groupsOf(const StepFeed &feed, int group) {
  return group > 0 ? (feed.past + feed.count) / group - feed.past / group : 0;
}

// Where a layer keeps one head of one sequence, C floats a row.
struct CachedHead {
  CacheLayout layout;
  size_t C;
  int D;
  float *keys, *values;

  CachedHead(const Step &step, int layer, int slot, int head) : layout(step.layouts[layer]) {
    const StepProgram &program = *step.program;
    D = program.headDim;
    C = size_t(program.heads) * D;
    const size_t at = size_t(slot) * (layout.memoryRows + layout.positionRows) * C + size_t(head) * D;
    keys = program.keys[layer] + at;
    values = program.values[layer] + at;
  }

  size_t rowOf(int position) const {
    return layout.memoryRows + size_t(position % layout.positionRows);
  }

  // Null leaves the values as they are.
  void store(size_t row, const float *key, const float *value) const {
    __builtin_memcpy(keys + row * C, key, D * sizeof(float));
    if (value) __builtin_memcpy(values + row * C, value, D * sizeof(float));
  }

  // Positions [first, end).
  CachedRows positions(const float *rows, int first, int end) const {
    const int row = first % layout.positionRows, left = layout.positionRows - row;
    const int count = end - first < left ? end - first : left;
    const float *positions = rows + layout.memoryRows * C;
    return {positions + row * C, positions, count, end - first - count};
  }
};

// What one row reads; its scores and what it takes of the cache.
inline void readCached(const StepOp &op, int head, const CachedHead &cache, const float *query,
                       const CachedRows &keys, const CachedRows &values, float *memory, float *out) {
  const int D = cache.D, seen = keys.count + keys.rest;
  float *scores = memory + DISTANCES_AT_ONCE * D;
  scoreKeys(query, keys.first, cache.C, D, keys.count, false, scores);
  scoreKeys(query, keys.wrapped, cache.C, D, keys.rest, false, scores + keys.count);
  addDistances(op, head, query, D, seen, memory, scores);
  const float total = weighScores(scores, seen);
  readValues(scores, values, cache.C, D, total, out);
}

// One head of one feed: its new keys and values go to the cache, and each of its rows reads there.
inline void attendFeed(const Step &step, const StepOp &op, const StepFeed &feed, int head,
                       const float *qkv, float *read, float *memory) {
  const CachedHead cache(step, op.layer, feed.slot, head), twin(step, op.layer, feed.twin, head);
  const size_t C = cache.C;
  const float *query = qkv + feed.firstRow * 3 * C + head * cache.D;
  const auto store = [&](int t) {
    const float *row = query + t * 3 * C;
    cache.store(cache.rowOf(feed.past + t), row + C, row + 2 * C);
  };
  for (int t = 0; t < feed.count && feed.prefix > 0; t++) store(t);
  for (int t = 0; t < feed.count; t++) {
    store(t);
    const int at = feed.past + t, end = at < feed.prefix ? feed.prefix : at + 1;
    const int block = op.block > 0 ? (at / op.block - op.back) * op.block : 0;
    const int first = block > 0 ? block : 0;
    // What another feed has just read is near. Who shares forgets nothing: its positions are rows.
    const auto rowsOf = [&](const float *own, const float *twins) -> CachedRows {
      if (feed.shared <= first) return cache.positions(own, first, end);
      return {twins + first * C, own + feed.shared * C, feed.shared - first, end - feed.shared};
    };
    readCached(op, head, cache, query + t * 3 * C, rowsOf(cache.keys, twin.keys),
               rowsOf(cache.values, twin.values), memory, read + (feed.firstRow + t) * C + head * cache.D);
  }
}

// Values of a step that compressed attention reads beside qkv: the memory of groups, the first of them this
// feed's, and the inputs of its rows where these are what is compressed.
struct StepMemory {
  const float *keys, *values;
  size_t line;
  const float *input;
};

// The same where attention compresses: what is compressed goes to the cache, and the memory that is made of
// it, which the rows read.
inline void attendFeedToMemory(const Step &step, const StepOp &op, const StepFeed &feed, int head,
                               const float *qkv, const StepMemory &made, float *read, float *memory) {
  const CachedHead cache(step, op.layer, feed.slot, head);
  const size_t C = cache.C;
  const float *query = qkv + feed.firstRow * 3 * C + head * cache.D;
  for (int t = 0; t < feed.count; t++) {
    const float *row = query + t * 3 * C;
    const size_t to = cache.rowOf(feed.past + t);
    if (made.input) {
      cache.store(to, made.input + (feed.firstRow + t) * C + head * cache.D, nullptr);
    } else {
      cache.store(to, row + C, row + 2 * C);
    }
  }
  if (feed.past == 0) cache.store(0, query + C, query + 2 * C);
  for (int i = 0; i < groupsOf(feed, op.group); i++) {
    const size_t from = i * made.line + head * cache.D;
    cache.store(1 + feed.past / op.group + i, made.keys + from, made.values + from);
  }
  for (int t = 0; t < feed.count; t++) {
    const int seen = 1 + (feed.past + t) / op.group;
    readCached(op, head, cache, query + t * 3 * C, {cache.keys, nullptr, seen, 0},
               {cache.values, nullptr, seen, 0}, memory,
               read + (feed.firstRow + t) * C + head * cache.D);
  }
}

// The positions of a group that a feed completes, side by side: those of earlier steps are in the cache.
inline void gatherGroup(const Step &step, const StepOp &op, const StepFeed &feed, int number,
                        const float *rows, float *out) {
  const CachedHead cache(step, op.layer, feed.slot, 0);
  const size_t C = cache.C;
  const float *kept = op.column == static_cast<int>(2 * C) ? cache.values : cache.keys;
  const int first = (feed.past / op.group + number) * op.group;
  for (int i = 0; i < op.group; i++, out += C) {
    const int t = first + i - feed.past;
    const float *from = t < 0 ? kept + cache.rowOf(first + i) * C
                              : rows + size_t(feed.firstRow + t) * op.in + op.column;
    __builtin_memcpy(out, from, C * sizeof(float));
  }
}

}  // namespace ramble::RAMBLE_ISA
