// The optimizer: sums of squares of gradients, for their norm, clipping, and AdamW, Adam or SGD in place.
#pragma once

#include "ops/ops.gen.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

// As core's: sums of squares are added up chunk by chunk, so that ranks which share the chunks come to the
// bits of one process.
constexpr size_t UPDATE_CHUNK = 1 << 16;

// A stretch of one of several arrays.
struct Chunk {
  int array;
  size_t offset;  // in its array
  size_t start;   // among the entries of all arrays
  size_t count;
};

// Calls body(chunk, number) for chunks of at most UPDATE_CHUNK entries.
template <class Body>
inline void forChunks(const ArrayList<const float> &arrays, const Body &body) {
  int total = 0;
  for (int i = 0; i < arrays.count; i++) total += ceilDivide(arrays.sizes[i], UPDATE_CHUNK);
  parallel(total, [&](int task, int) {
    int number = task, array = 0;
    size_t start = 0;
    for (int parts; number >= (parts = ceilDivide(arrays.sizes[array], UPDATE_CHUNK)); array++) {
      number -= parts;
      start += arrays.sizes[array];
    }
    const size_t offset = number * UPDATE_CHUNK, left = arrays.sizes[array] - offset;
    body(Chunk{array, offset, start + offset, left < UPDATE_CHUNK ? left : UPDATE_CHUNK}, task);
  });
}

// Reads four streams at a time: one alone runs at half the speed of memory.
inline double sumOfSquares(const float *x, size_t count) {
  constexpr size_t HALF = LANES / 2;
  const size_t quarter = count / 4 / HALF * HALF;
  Doubles total[4] = {};
  for (size_t i = 0; i < quarter; i += HALF) {
#pragma GCC unroll 4
    for (size_t stream = 0; stream < 4; stream++) {
      const Doubles wide = loadWide(x + stream * quarter + i);
      total[stream] += wide * wide;
    }
  }
  double sum = 0;
  for (size_t i = 4 * quarter; i < count; i++) sum += static_cast<double>(x[i]) * x[i];
  for (const Doubles &part : total) {
    for (size_t lane = 0; lane < HALF; lane++) sum += part[lane];
  }
  return sum;
}

inline bool sumsOfSquares(const SumsOfSquares &p) {
  forChunks(p.arrays, [&](const Chunk &c, int number) {
    p.sums[number] = sumOfSquares(p.arrays.arrays[c.array] + c.offset, c.count);
  });
  return true;
}

inline bool clip(const Clip &p) {
  double total = 0;
  for (int i = 0; i < p.chunks; i++) total += p.sums[i];
  const double norm = __builtin_sqrt(total), most = p.limit / (norm + 1e-6);
  const double factor = p.limit == 0 || most > 1 ? 1 : most;
  *p.factor = __builtin_isfinite(norm) && __builtin_isfinite(*p.loss) ? factor : __builtin_nanf("");
  return true;
}

// `count` is at least 0. To the bits of the compilers' __builtin_powi, which is a function of the system's on
// some.
inline double power(double x, int count) {
  double product = count % 2 ? x : 1;
  while (count /= 2) {
    x *= x;
    if (count % 2) product *= x;
  }
  return product;
}

// Moments of entries that get no more gradients fade to numbers so small that rounding keeps them for ever:
// they become 0.
inline void adam(const Update &p, const AdamRule &rule, const Chunk &c) {
  const double power1 = power(rule.beta1, static_cast<int>(rule.count));
  const double power2 = power(rule.beta2, static_cast<int>(rule.count));
  const bool isDecoupled = rule.decay == WeightDecay::decoupled;
  const bool decays = p.decays[c.array] != 0;
  const float shrink = decays && isDecoupled ? 1 - rule.learningRate * rule.weightDecay : 1;
  const float l2 = decays && !isDecoupled ? rule.weightDecay : 0;
  const float stepSize = rule.learningRate / (1 - power1);
  const float correction = 1 / __builtin_sqrt(1 - power2), eps = rule.eps;
  const float keep1 = rule.beta1, take1 = 1 - rule.beta1, keep2 = rule.beta2, take2 = 1 - rule.beta2;
  const float *gradient = p.gradients.arrays[c.array] + c.offset, scale = *p.factor;
  float *values = p.values.arrays[c.array] + c.offset;
  float *mean = p.mean + c.start, *variance = p.variance + c.start;
  for (size_t i = 0; i < c.count; i += LANES) {
    const int n = static_cast<int>(c.count - i < LANES ? c.count - i : LANES);
    const Vec value = loadUpTo(values + i, n);
    const Vec g = loadUpTo(gradient + i, n) * scale + l2 * value;
    const Vec m = withoutTiny(keep1 * loadUpTo(mean + i, n) + take1 * g);
    const Vec v = withoutTiny(keep2 * loadUpTo(variance + i, n) + take2 * g * g);
    storeUpTo(mean + i, m, n);
    storeUpTo(variance + i, v, n);
    storeUpTo(values + i, shrink * value - stepSize * m / (squareRoot(v) * correction + eps), n);
  }
}

inline void sgd(const Update &p, const SgdRule &rule, const Chunk &c) {
  const float l2 = p.decays[c.array] != 0 ? rule.weightDecay : 0;
  const float momentum = rule.momentum, rate = rule.learningRate;
  const float *gradient = p.gradients.arrays[c.array] + c.offset, scale = *p.factor;
  float *values = p.values.arrays[c.array] + c.offset, *velocity = p.mean + c.start;
  for (size_t i = 0; i < c.count; i += LANES) {
    const int n = static_cast<int>(c.count - i < LANES ? c.count - i : LANES);
    const Vec value = loadUpTo(values + i, n);
    const Vec g = loadUpTo(gradient + i, n) * scale + l2 * value;
    const Vec v = withoutTiny(momentum * loadUpTo(velocity + i, n) + g);
    storeUpTo(velocity + i, v, n);
    storeUpTo(values + i, value - rate * (rule.nesterov ? g + momentum * v : v), n);
  }
}

inline bool update(const Update &p) {
  if (__builtin_isnan(*p.factor)) return true;
  forChunks(p.gradients, [&](const Chunk &c, int) {
    switch (p.rule.kind) {
      case UpdateRule::Kind::adam: return adam(p, p.rule.adam, c);
      case UpdateRule::Kind::sgd: return sgd(p, p.rule.sgd, c);
    }
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
