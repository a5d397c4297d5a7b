// Operators and comparisons of two arrays, with broadcasting.
#pragma once

#include "kernels/walk.h"

namespace ramble::RAMBLE_ISA {

// A stretch of an operand. Where one entry is repeated it holds LANES copies, so that one loop serves both.
struct StretchOf {
  const float *data;
  size_t step;  // 0 or 1
  float copies[LANES];

  StretchOf(const float *from, size_t step) : data(step ? from : copies), step(step) {
    for (float &copy : copies) copy = *from;
  }
  StretchOf(const StretchOf &) = delete;

  INLINE Vec at(size_t i, int count) const { return loadUpTo(data + i * step, count); }
};

// One stretch of both operands.
struct Operands {
  const StretchOf a, b;
  const size_t count;

  // Calls write(i, vector, count) with all results of `combine`.
  template <class Combine, class Write>
  INLINE void combine(const Combine &combine, const Write &write) const {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) write(i, combine(a.at(i, LANES), b.at(i, LANES)), LANES);
    const int left = static_cast<int>(count - i);
    if (left > 0) write(i, combine(a.at(i, left), b.at(i, left)), left);
  }
};

// Calls body(i, operands) for stretches of the result, which start at its i-th entry.
template <class Body>
inline void broadcastOver(const Walk &w, const float *a, const float *b, const Body &body) {
  const size_t aStep = aStridesOf(w)[w.rank - 1], bStep = bStridesOf(w)[w.rank - 1];
  walk(w, [&](size_t i, int64_t aStart, int64_t bStart, size_t count) {
    body(i, Operands{{a + aStart, aStep}, {b + bStart, bStep}, count});
  });
}

inline bool binary(const Binary &p) {
  broadcastOver(p.walk, p.a, p.b, [&](size_t start, const Operands &operands) {
    const auto run = [&](auto combine) {
      operands.combine(combine, [&](size_t i, Vec v, int n) { storeUpTo(p.y + start + i, v, n); });
    };
    switch (p.kind) {
      case BinaryOperator::add: return run([](Vec u, Vec v) { return u + v; });
      case BinaryOperator::subtract: return run([](Vec u, Vec v) { return u - v; });
      case BinaryOperator::multiply: return run([](Vec u, Vec v) { return u * v; });
      case BinaryOperator::divide: return run([](Vec u, Vec v) { return u / v; });
      // The result is NaN where an operand is.
      case BinaryOperator::maximum: return run([](Vec u, Vec v) { return ((u > v) | (u != u)) ? u : v; });
      case BinaryOperator::minimum: return run([](Vec u, Vec v) { return ((u < v) | (u != u)) ? u : v; });
      case BinaryOperator::squaredDifference: return run([](Vec u, Vec v) { return (u - v) * (u - v); });
    }
  });
  return true;
}

// Writes 1 where the comparison holds, else 0.
inline bool compare(const Compare &p) {
  broadcastOver(p.walk, p.a, p.b, [&](size_t start, const Operands &operands) {
    const auto run = [&](auto holds) {
      operands.combine(holds, [&](size_t i, IntVec v, int n) {
        for (int lane = 0; lane < n; lane++) p.y[start + i + lane] = static_cast<uint8_t>(v[lane] & 1);
      });
    };
    switch (p.kind) {
      case Comparison::equal: return run([](Vec u, Vec v) { return u == v; });
      case Comparison::notEqual: return run([](Vec u, Vec v) { return u != v; });
      case Comparison::greater: return run([](Vec u, Vec v) { return u > v; });
      case Comparison::greaterEqual: return run([](Vec u, Vec v) { return u >= v; });
    }
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
