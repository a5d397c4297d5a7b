// Loops over arrays and rows, a vector at a time.
#pragma once

#include "pool/pool.h"
#include "vectors/vec-math.h"

namespace ramble::RAMBLE_ISA {

constexpr size_t CHUNK = 1 << 14;  // entries of a task

// Calls body(i, count) for each vector of an array; count is LANES, or the rest at the end.
template <class Body>
inline void forVectors(size_t count, const Body &body) {
  parallel(ceilDivide(count, CHUNK), [&](int task, int) {
    const size_t start = task * CHUNK, end = start + CHUNK < count ? start + CHUNK : count;
    size_t i = start;
    for (; i + LANES <= end; i += LANES) body(i, LANES);
    if (i < end) body(i, static_cast<int>(end - i));
  });
}

// Calls body(j, count) for each vector of a row.
template <class Body>
INLINE void forRow(int width, const Body &body) {
  int j = 0;
#pragma GCC unroll 1
  for (; j + LANES <= width; j += LANES) body(j, LANES);
  if (j < width) body(j, width - j);
}

// Calls body(row) for every row, a few of them a task.
template <class Body>
inline void forRows(int rows, int width, const Body &body) {
  const int rowsAtOnce = 1 + static_cast<int>(CHUNK) / 2 / width;
  parallel(ceilDivide(rows, rowsAtOnce), [&](int task, int) {
    const int end = (task + 1) * rowsAtOnce < rows ? (task + 1) * rowsAtOnce : rows;
    for (int row = task * rowsAtOnce; row < end; row++) body(row);
  });
}

INLINE Vec loadUpTo(const float *p, int count) { return count == LANES ? load(p) : loadPart(p, count); }

INLINE void storeUpTo(float *p, Vec v, int count) {
  if (count == LANES) {
    store(p, v);
  } else {
    storePart(p, v, count);
  }
}

// The maximum of a row, without its NaNs.
INLINE float rowMaximum(const float *x, int width) {
  Vec most = broadcast(-__builtin_inff());
  int j = 0;
  for (; j + LANES <= width; j += LANES) most = larger(load(x + j), most);
  float result = largest(most);
  for (; j < width; j++) result = x[j] > result ? x[j] : result;
  return result;
}

}  // namespace ramble::RAMBLE_ISA
