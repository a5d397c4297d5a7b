// Kernels on arrays of any shape, entry by entry, and softmax of rows.
#pragma once

#include "ops/ops.gen.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

inline bool unary(const Unary &p) {
  const auto run = [&](auto function) {
    forVectors(p.count, [&](size_t i, int n) { storeUpTo(p.y + i, function(loadUpTo(p.x + i, n)), n); });
    return true;
  };
  switch (p.kind) {
    case UnaryFunction::negate: return run([](Vec v) { return -v; });
    case UnaryFunction::absolute: return run([](Vec v) { return v < 0 ? -v : v; });
    case UnaryFunction::square: return run([](Vec v) { return v * v; });
    case UnaryFunction::squareRoot: return run([](Vec v) { return squareRoot(v); });
    case UnaryFunction::reciprocalRoot: return run([](Vec v) { return 1.0f / squareRoot(v); });
    case UnaryFunction::reciprocal: return run([](Vec v) { return 1.0f / v; });
    case UnaryFunction::exponential: return run([](Vec v) { return exponential(v); });
    case UnaryFunction::logistic: return run([](Vec v) { return logistic(v); });
    case UnaryFunction::hyperbolicTangent: return run([](Vec v) { return hyperbolicTangent(v); });
    case UnaryFunction::rectified: return run([](Vec v) { return v < 0 ? Vec{} : v; });
  }
  return true;
}

inline bool select(const Select &p) {
  parallel(ceilDivide(p.count, CHUNK), [&](int task, int) {
    const size_t start = task * CHUNK, end = start + CHUNK < p.count ? start + CHUNK : p.count;
    for (size_t i = start; i < end; i++) p.y[i] = p.condition[i] ? p.a[i] : p.b[i];
  });
  return true;
}

inline bool scale(const Scale &p) {
  forVectors(p.count, [&](size_t i, int n) { storeUpTo(p.y + i, p.factor * loadUpTo(p.x + i, n), n); });
  return true;
}

inline bool applyGelu(const ApplyGelu &p) {
  forVectors(p.count, [&](size_t i, int n) {
    const Vec x = loadUpTo(p.x + i, n);
    storeUpTo(p.y + i, p.dy ? loadUpTo(p.dy + i, n) * geluDerivative(x) : gelu(x), n);
  });
  return true;
}

inline bool softmax(const Softmax &p) {
  const int rows = p.rows, width = p.width;
  const int rowsAtOnce = 1 + static_cast<int>(CHUNK) / (width + 1);
  parallel(ceilDivide(rows, rowsAtOnce), [&](int task, int) {
    const int end = (task + 1) * rowsAtOnce < rows ? (task + 1) * rowsAtOnce : rows;
    for (int row = task * rowsAtOnce; row < end; row++) {
      const float *from = p.x + static_cast<size_t>(row) * width;
      float *to = p.y + static_cast<size_t>(row) * width;
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
  return true;
}

}  // namespace ramble::RAMBLE_ISA
