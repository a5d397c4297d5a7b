// Walks over arrays of several axes, a stretch of the last axis at a time.
#pragma once

#include "elementwise.h"

namespace ramble::RAMBLE_ISA {

// body(i, a, b, count): `count` entries from the i-th on, which lie from a and from b on in the two
// arrays, one stride of the last axis apart.
template <class Body>
inline void walk(const Walk &w, const Body &body) {
  const int last = w.rank - 1;
  size_t all = 1;
  for (int axis = 0; axis <= last; axis++) all *= w.sizes[axis];
  parallel(ceilDivide(all, CHUNK), [&](int task, int) {
    const size_t end = (task + 1) * CHUNK < all ? (task + 1) * CHUNK : all, width = w.sizes[last];
    for (size_t i = task * CHUNK, count; i < end; i += count) {
      const size_t column = i % width;
      count = width - column < end - i ? width - column : end - i;
      int64_t a = column * w.aStrides[last], b = column * w.bStrides[last];
      size_t row = i / width;
      for (int axis = last - 1; axis >= 0; axis--) {
        const int64_t at = row % w.sizes[axis];
        row /= w.sizes[axis];
        a += at * w.aStrides[axis];
        b += at * w.bStrides[axis];
      }
      body(i, a, b, count);
    }
  });
}

// Copies entries of four bytes: transposes, slices, tiles and joins arrays.
inline void copy(const Walk &w, const float *from, float *to) {
  const int32_t step = w.aStrides[w.rank - 1], toStep = w.bStrides[w.rank - 1];
  walk(w, [&](size_t, int64_t a, int64_t b, size_t count) {
    if (step == 1 && toStep == 1) {
      __builtin_memcpy(to + b, from + a, count * sizeof(float));
      return;
    }
    for (size_t j = 0; j < count; j++) to[b + int64_t(j) * toStep] = from[a + int64_t(j) * step];
  });
}

}  // namespace ramble::RAMBLE_ISA
