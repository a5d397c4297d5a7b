// Sums, largest and smallest entries along an axis.
#pragma once

#include "ops/ops.gen.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

constexpr int COLUMNS_AT_ONCE = 4 * LANES;
constexpr size_t SUMMED_AT_ONCE = 4096;  // in single precision; the parts are added up in double

// The result is NaN where an entry is.
INLINE Vec combine(Reduction kind, Vec u, Vec v) {
  if (kind == Reduction::sum) return u + v;
  return ((kind == Reduction::largest ? u > v : u < v) | (u != u)) ? u : v;
}

inline float reduceRow(Reduction kind, float start, size_t length, const float *x) {
  double total = start;
  for (size_t part = 0; part < length; part += SUMMED_AT_ONCE) {
    const size_t end = length - part < SUMMED_AT_ONCE ? length : part + SUMMED_AT_ONCE;
    Vec lanes = broadcast(start), rest = lanes;
    size_t i = part;
    for (; i + LANES <= end; i += LANES) lanes = combine(kind, lanes, load(x + i));
    for (int lane = 0; i + lane < end; lane++) rest[lane] = x[i + lane];
    lanes = combine(kind, lanes, rest);
    if (kind == Reduction::sum) {
      total += sum(lanes);
      continue;
    }
    Vec most = broadcast(static_cast<float>(total));
    for (int lane = 0; lane < LANES; lane++) most = combine(kind, most, broadcast(lanes[lane]));
    total = most[0];
  }
  return static_cast<float>(total);
}

inline bool reduce(const Reduce &p) {
  const float infinity = __builtin_inff();
  const float start = p.kind == Reduction::sum ? 0 : p.kind == Reduction::largest ? -infinity : infinity;
  const size_t inner = p.inner, length = p.length;
  if (inner == 1) {
    const int share = 1 + static_cast<int>(CHUNK / (length + 1));
    parallel(ceilDivide(p.outer, share), [&](int task, int) {
      const int end = (task + 1) * share < p.outer ? (task + 1) * share : p.outer;
      for (int row = task * share; row < end; row++) {
        p.y[row] = p.factor * reduceRow(p.kind, start, length, p.x + row * length);
      }
    });
    return true;
  }
  const int parts = ceilDivide(inner, COLUMNS_AT_ONCE);
  parallel(p.outer * parts, [&](int task, int) {
    const size_t row = task / parts, j0 = size_t(task % parts) * COLUMNS_AT_ONCE;
    const size_t end = j0 + COLUMNS_AT_ONCE < inner ? j0 + COLUMNS_AT_ONCE : inner;
    for (size_t j = j0; j < end; j += LANES) {
      const int n = static_cast<int>(end - j < LANES ? end - j : LANES);
      const float *x = p.x + row * length * inner + j;
      Vec total = broadcast(start);
      for (size_t i = 0; i < length; i++) total = combine(p.kind, total, loadUpTo(x + i * inner, n));
      storeUpTo(p.y + row * inner + j, p.factor * total, n);
    }
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
