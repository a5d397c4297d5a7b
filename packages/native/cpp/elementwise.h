// Kernels on arrays of any shape, entry by entry, and softmax of rows.
#pragma once

#include "kernels.h"
#include "pool.h"
#include "vec-math.h"

namespace ramble::RAMBLE_ISA {

constexpr size_t CHUNK = 1 << 14;  // entries of a task

// body(i, count) for vectors of the array: count is LANES, or what is left at the end.
template <class Body>
inline void forVectors(size_t count, const Body &body) {
  parallel(ceilDivide(count, CHUNK), [&](int task, int) {
    const size_t start = task * CHUNK, end = start + CHUNK < count ? start + CHUNK : count;
    size_t i = start;
    for (; i + LANES <= end; i += LANES) body(i, LANES);
    if (i < end) body(i, static_cast<int>(end - i));
  });
}

// body(j, count) for the vectors of a row.
template <class Body>
INLINE void forRow(int width, const Body &body) {
  int j = 0;
#pragma GCC unroll 1
  for (; j + LANES <= width; j += LANES) body(j, LANES);
  if (j < width) body(j, width - j);
}

INLINE Vec loadUpTo(const float *p, int count) {
  return count == LANES ? load(p) : loadPart(p, count);
}

INLINE void storeUpTo(float *p, Vec v, int count) {
  if (count == LANES) {
    store(p, v);
  } else {
    storePart(p, v, count);
  }
}

inline void unary(Unary kind, size_t count, const float *x, float *y) {
  const auto run = [&](auto function) {
    forVectors(count, [&](size_t i, int n) { storeUpTo(y + i, function(loadUpTo(x + i, n)), n); });
  };
  switch (kind) {
    case Unary::negate: return run([](Vec v) { return -v; });
    case Unary::absolute: return run([](Vec v) { return v < 0 ? -v : v; });
    case Unary::square: return run([](Vec v) { return v * v; });
    case Unary::squareRoot: return run([](Vec v) { return squareRoot(v); });
    case Unary::reciprocalRoot: return run([](Vec v) { return 1.0f / squareRoot(v); });
    case Unary::reciprocal: return run([](Vec v) { return 1.0f / v; });
    case Unary::exponential: return run([](Vec v) { return exponential(v); });
    case Unary::logistic: return run([](Vec v) { return logistic(v); });
    case Unary::hyperbolicTangent: return run([](Vec v) { return hyperbolicTangent(v); });
    case Unary::rectified: return run([](Vec v) { return v < 0 ? Vec{} : v; });
  }
}

inline void select(size_t count, const uint8_t *condition, const float *a, const float *b, float *y) {
  parallel(ceilDivide(count, CHUNK), [&](int task, int) {
    const size_t start = task * CHUNK, end = start + CHUNK < count ? start + CHUNK : count;
    for (size_t i = start; i < end; i++) y[i] = condition[i] ? a[i] : b[i];
  });
}

inline void scale(size_t count, const float *x, float factor, float *y) {
  forVectors(count, [&](size_t i, int n) { storeUpTo(y + i, factor * loadUpTo(x + i, n), n); });
}

// The largest of a row; NaN does not count.
INLINE float rowMaximum(const float *x, int width) {
  Vec most = broadcast(-__builtin_inff());
  int j = 0;
  for (; j + LANES <= width; j += LANES) most = larger(load(x + j), most);
  float result = largest(most);
  for (; j < width; j++) result = x[j] > result ? x[j] : result;
  return result;
}

inline void softmax(int rows, int width, const float *x, float *y) {
  const int rowsAtOnce = 1 + static_cast<int>(CHUNK) / (width + 1);
  parallel(ceilDivide(rows, rowsAtOnce), [&](int task, int) {
    const int end = (task + 1) * rowsAtOnce < rows ? (task + 1) * rowsAtOnce : rows;
    for (int row = task * rowsAtOnce; row < end; row++) {
      const float *from = x + static_cast<size_t>(row) * width;
      float *to = y + static_cast<size_t>(row) * width;
      const Vec most = broadcast(rowMaximum(from, width));
      Vec total{};
      float rest = 0;
      for (int j = 0; j < width; j += LANES) {
        const int n = width - j < LANES ? width - j : LANES;
        const Vec e = exponential(loadUpTo(from + j, n) - most);
        storeUpTo(to + j, e, n);
        if (n == LANES) {
          total += e;
        } else {
          for (int lane = 0; lane < n; lane++) rest += e[lane];
        }
      }
      const float inverse = 1.0f / (sum(total) + rest);
      for (int j = 0; j < width; j += LANES) {
        const int n = width - j < LANES ? width - j : LANES;
        storeUpTo(to + j, inverse * loadUpTo(to + j, n), n);
      }
    }
  });
}

}  // namespace ramble::RAMBLE_ISA
