// One optimizer step over all parameters: their norm, clipping, and AdamW, Adam or SGD in place.
#pragma once

#include "ops/ops.gen.h"
#include "pool/scratch.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

constexpr size_t UPDATE_CHUNK = 1 << 16;

// A stretch of one parameter.
struct Stretch {
  const float *gradient;
  size_t start;  // in the flat arrays
  size_t count;
  bool decays;
};

// Calls body(stretch, number) for stretches of at most UPDATE_CHUNK entries.
template <class Body>
inline void forStretches(const Update &p, const Body &body) {
  const ArrayList<const float> &gradients = p.gradients;
  int total = 0;
  for (int i = 0; i < gradients.count; i++) total += ceilDivide(gradients.sizes[i], UPDATE_CHUNK);
  parallel(total, [&](int task, int) {
    int number = task, parameter = 0;
    size_t start = 0;
    for (int parts; number >= (parts = ceilDivide(gradients.sizes[parameter], UPDATE_CHUNK)); parameter++) {
      number -= parts;
      start += gradients.sizes[parameter];
    }
    const size_t offset = number * UPDATE_CHUNK, left = gradients.sizes[parameter] - offset;
    body(Stretch{gradients.arrays[parameter] + offset, start + offset,
                 left < UPDATE_CHUNK ? left : UPDATE_CHUNK, p.decays[parameter] != 0},
         task);
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

// Moments of entries that get no more gradients fade to numbers so small that rounding keeps them for ever:
// they become 0.
inline void adam(const Update &p, const AdamRule &rule, const Stretch &s, float scale) {
  const double power1 = __builtin_powi(rule.beta1, static_cast<int>(rule.count));
  const double power2 = __builtin_powi(rule.beta2, static_cast<int>(rule.count));
  const bool isDecoupled = rule.decay == WeightDecay::decoupled;
  const float shrink = s.decays && isDecoupled ? 1 - rule.learningRate * rule.weightDecay : 1;
  const float l2 = s.decays && !isDecoupled ? rule.weightDecay : 0;
  const float stepSize = rule.learningRate / (1 - power1);
  const float correction = 1 / __builtin_sqrt(1 - power2), eps = rule.eps;
  const float keep1 = rule.beta1, take1 = 1 - rule.beta1, keep2 = rule.beta2, take2 = 1 - rule.beta2;
  float *values = p.values + s.start, *mean = p.mean + s.start, *variance = p.variance + s.start;
  for (size_t i = 0; i < s.count; i += LANES) {
    const int n = static_cast<int>(s.count - i < LANES ? s.count - i : LANES);
    const Vec value = loadUpTo(values + i, n);
    const Vec g = loadUpTo(s.gradient + i, n) * scale + l2 * value;
    const Vec m = withoutTiny(keep1 * loadUpTo(mean + i, n) + take1 * g);
    const Vec v = withoutTiny(keep2 * loadUpTo(variance + i, n) + take2 * g * g);
    storeUpTo(mean + i, m, n);
    storeUpTo(variance + i, v, n);
    storeUpTo(values + i, shrink * value - stepSize * m / (squareRoot(v) * correction + eps), n);
  }
}

inline void sgd(const Update &p, const SgdRule &rule, const Stretch &s, float scale) {
  const float l2 = s.decays ? rule.weightDecay : 0;
  const float momentum = rule.momentum, rate = rule.learningRate;
  float *values = p.values + s.start, *velocity = p.mean + s.start;
  for (size_t i = 0; i < s.count; i += LANES) {
    const int n = static_cast<int>(s.count - i < LANES ? s.count - i : LANES);
    const Vec value = loadUpTo(values + i, n);
    const Vec g = loadUpTo(s.gradient + i, n) * scale + l2 * value;
    const Vec v = withoutTiny(momentum * loadUpTo(velocity + i, n) + g);
    storeUpTo(velocity + i, v, n);
    storeUpTo(values + i, value - rate * (rule.nesterov ? g + momentum * v : v), n);
  }
}

inline bool update(const Update &p, double *norm) {
  size_t stretches = 0;
  for (int i = 0; i < p.gradients.count; i++) {
    stretches += ceilDivide(p.gradients.sizes[i], UPDATE_CHUNK);
  }
  double *squares = reinterpret_cast<double *>(scratch(Scratch::work, 2 * stretches + 2));
  if (!squares) return false;
  forStretches(p, [&](const Stretch &s, int i) { squares[i] = sumOfSquares(s.gradient, s.count); });
  double total = 0;
  for (size_t i = 0; i < stretches; i++) total += squares[i];
  *norm = __builtin_sqrt(total);
  if (!__builtin_isfinite(*norm)) return true;
  const double limit = p.clipNorm / (*norm + 1e-6);
  const float scale = p.clipNorm == 0 || limit > 1 ? 1 : limit;
  forStretches(p, [&](const Stretch &s, int) {
    switch (p.rule.kind) {
      case UpdateRule::Kind::adam: return adam(p, p.rule.adam, s, scale);
      case UpdateRule::Kind::sgd: return sgd(p, p.rule.sgd, s, scale);
    }
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
