// Walks over arrays of several axes, a stretch of the last axis at a time.
#pragma once

#include "ops/ops.gen.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

inline const int32_t *sizesOf(const Walk &w) { return w.axes; }
inline const int32_t *aStridesOf(const Walk &w) { return w.axes + w.rank; }
inline const int32_t *bStridesOf(const Walk &w) { return w.axes + 2 * w.rank; }

// Calls body(i, a, b, count) for `count` entries from the i-th on, which start at a and b in the two arrays
// and are one stride of the last axis apart.
template <class Body>
inline void walk(const Walk &w, const Body &body) {
  const int last = w.rank - 1;
  const int32_t *sizes = sizesOf(w), *aStrides = aStridesOf(w), *bStrides = bStridesOf(w);
  size_t all = 1;
  for (int axis = 0; axis <= last; axis++) all *= sizes[axis];
  parallel(ceilDivide(all, CHUNK), [&](int task, int) {
    const size_t end = (task + 1) * CHUNK < all ? (task + 1) * CHUNK : all, width = sizes[last];
    for (size_t i = task * CHUNK, count; i < end; i += count) {
      const size_t column = i % width;
      count = width - column < end - i ? width - column : end - i;
      int64_t a = column * aStrides[last], b = column * bStrides[last];
      size_t row = i / width;
      for (int axis = last - 1; axis >= 0; axis--) {
        const int64_t at = row % sizes[axis];
        row /= sizes[axis];
        a += at * aStrides[axis];
        b += at * bStrides[axis];
      }
      body(i, a, b, count);
    }
  });
}

// Copies entries of four bytes: transposes, slices, tiles and joins arrays.
inline bool copy(const Copy &p) {
  const float *from = p.from + p.start;
  float *to = p.to + p.toStart;
  const int last = p.walk.rank - 1;
  const int32_t step = aStridesOf(p.walk)[last], toStep = bStridesOf(p.walk)[last];
  walk(p.walk, [&](size_t, int64_t a, int64_t b, size_t count) {
    if (step == 1 && toStep == 1) {
      __builtin_memcpy(to + b, from + a, count * sizeof(float));
      return;
    }
    for (size_t j = 0; j < count; j++) to[b + int64_t(j) * toStep] = from[a + int64_t(j) * step];
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
