// Kernels on arrays of any shape: elementwise, with broadcasting, reduced, copied.
#pragma once

#include <vector>

#include "dispatch/dispatch.h"
#include "numbers.h"

namespace ramble {

// The distribution over logits, of either width.
inline Floats drawnFrom(const Floats &logits) {
  const std::vector<double> wide(logits.begin(), logits.end());
  std::vector<double> ofFloats(logits.size()), ofDoubles(logits.size()), totals(4);
  kernels().distribution({logits.size(), logits.data(), ofFloats.data(), totals.data()});
  kernels().wideDistribution({logits.size(), wide.data(), ofDoubles.data(), totals.data() + 2});
  return Floats(totals.begin(), totals.end()) + Floats(ofFloats.begin(), ofFloats.end()) +
         Floats(ofDoubles.begin(), ofDoubles.end());
}

// Bits of 16-bit floats, written over the numbers that they round.
inline Floats inHalves(Floats x) {
  uint16_t *const halves = reinterpret_cast<uint16_t *>(x.data());
  double count = 0;
  kernels().roundToFloat16({x.size(), x.data(), halves}, &count);
  return Floats(halves, halves + size_t(count));
}

inline Floats elementwiseCase(int count) {
  const Floats a = noise(count, 1), b = noise(count, 2);
  Floats all, chosen(count);
  const size_t size = count;
  for (int kind = 0; kind <= int(UnaryFunction::rectified); kind++) {
    Floats y(count);
    kernels().unary({UnaryFunction(kind), size, a.data(), y.data()});
    all = all + y;
  }
  std::vector<uint8_t> condition(count);
  for (int i = 0; i < count; i++) condition[i] = i % 3 == 0;
  kernels().select({size, condition.data(), a.data(), b.data(), chosen.data()});
  all = all + chosen;
  Floats scaled(count), dropped(count), joined(count), soft(count), bent(count), slope(count);
  kernels().applyGelu({size, a.data(), nullptr, bent.data()});
  kernels().applyGelu({size, a.data(), b.data(), slope.data()});
  kernels().scale({size, 3, a.data(), scaled.data()});
  kernels().dropout({size, nullptr, a.data(), dropped.data(), DROPOUT});
  kernels().dropout({size, a.data(), b.data(), joined.data(), DROPOUT});
  kernels().softmax({1, count, a.data(), soft.data()});
  return all + scaled + dropped + joined + soft + bent + slope + drawnFrom(a) + inHalves(b);
}

// a is [m, n] and b, by kind, the same or a row or a column of it.
inline Floats broadcastCase(int m, int n, int kind) {
  const Ints walk = {m, n, n, 1, kind == 1 ? 0 : kind == 2 ? 1 : n, kind == 2 ? 0 : 1};
  const Walk w{2, walk.data()};
  const Floats a = noise(size_t(m) * n, 1), b = noise(kind == 1 ? n : kind == 2 ? m : m * n, 2);
  Floats all;
  for (int i = 0; i <= int(BinaryOperator::squaredDifference); i++) {
    Floats y(a.size());
    kernels().binary({BinaryOperator(i), w, a.data(), b.data(), y.data()});
    all = all + y;
  }
  for (int i = 0; i <= int(Comparison::greaterEqual); i++) {
    std::vector<uint8_t> y(a.size());
    kernels().compare({Comparison(i), w, a.data(), b.data(), y.data()});
    all = all + Floats(y.begin(), y.end());
  }
  return all;
}

inline Floats reduceCase(int outer, int length, int inner) {
  const Floats x = noise(size_t(outer) * length * inner, 1);
  Floats all;
  for (int kind = 0; kind <= int(Reduction::smallest); kind++) {
    Floats y(size_t(outer) * inner);
    kernels().reduce({Reduction(kind), outer, length, inner, 0.5f, x.data(), y.data()});
    all = all + y;
  }
  return all;
}

// The transpose, followed by the rows.
inline Floats copyCase(int m, int n) {
  const Floats x = noise(size_t(m) * n, 1);
  const Ints transpose = {n, m, 1, n, m, 1}, rows = {m, n, n, 1, n, 1};
  Floats y(2 * x.size());
  kernels().copy({{2, transpose.data()}, x.data(), 0, y.data(), 0});
  kernels().copy({{2, rows.data()}, x.data(), 0, y.data(), x.size()});
  return y;
}

}  // namespace ramble
