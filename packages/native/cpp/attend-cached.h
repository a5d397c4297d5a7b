// Attention of new positions over the keys and values of a cache: each is read once.
#pragma once

#include "elementwise.h"
#include "scratch.h"

namespace ramble::RAMBLE_ISA {

inline float dot(const float *a, const float *b, int count) {
  Vec total{};
  int i = 0;
  for (; i + LANES <= count; i += LANES) total += load(a + i) * load(b + i);
  float rest = sum(total);
  for (; i < count; i++) rest += a[i] * b[i];
  return rest;
}

inline bool attendCached(const AttendCached &p) {
  int most = 0;
  for (int row = 0; row < p.rows; row++) most = p.seen[row] > most ? p.seen[row] : most;
  const size_t C = static_cast<size_t>(p.heads) * p.headDim, perWorker = most + LANES;
  float *memory = scratch(Scratch::work, perWorker * threadCount());
  if (!memory) return false;
  const int D = p.headDim;
  const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(D));
  parallel(p.rows * p.heads, [&](int task, int worker) {
    const int row = task / p.heads, head = task % p.heads, seen = p.seen[row];
    float *weights = memory + worker * perWorker, *out = p.read + row * C + head * D;
    const float *q = p.qkv + row * 3 * C + head * D;
    const size_t start = static_cast<size_t>(p.sequences[row]) * p.capacity * C + head * D;
    for (int s = 0; s < seen; s++) weights[s] = dot(q, p.keys + start + s * C, D) * scale;
    if (seen == 0) {
      __builtin_memset(out, 0, D * sizeof(float));
      return;
    }
    const float highest = rowMaximum(weights, seen);
    float total = 0;
    for (int s = 0; s < seen; s += LANES) {
      const int n = seen - s < LANES ? seen - s : LANES;
      const Vec weight = exponential(loadUpTo(weights + s, n) - highest);
      storeUpTo(weights + s, weight, n);
      for (int lane = 0; lane < n; lane++) total += weight[lane];
    }
    for (int d = 0; d < D; d += LANES) {
      const int n = D - d < LANES ? D - d : LANES;
      Vec read{};
      for (int s = 0; s < seen; s++) {
        read += weights[s] * loadUpTo(p.values + start + s * C + d, n);
      }
      storeUpTo(out + d, read / total, n);
    }
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
