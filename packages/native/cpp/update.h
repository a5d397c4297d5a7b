// One optimizer step over all parameters: their norm, clipping, and AdamW, Adam or SGD in place.
#pragma once

#include "elementwise.h"
#include "scratch.h"

namespace ramble::RAMBLE_ISA {

constexpr size_t UPDATE_CHUNK = 1 << 16;

// A stretch of one parameter.
struct Stretch {
  const float *gradient;
  size_t start;  // in the flat arrays
  size_t count;
  bool decays;
};

// body(stretch, number) for stretches of at most UPDATE_CHUNK entries; `sizes` add up to them.
template <class Body>
inline void forStretches(const Update &p, const Body &body) {
  int total = 0;
  for (int i = 0; i < p.count; i++) total += ceilDivide(p.sizes[i], UPDATE_CHUNK);
  parallel(total, [&](int task, int) {
    int number = task, parameter = 0;
    size_t start = 0;
    for (int parts; number >= (parts = ceilDivide(p.sizes[parameter], UPDATE_CHUNK)); parameter++) {
      number -= parts;
      start += p.sizes[parameter];
    }
    const size_t offset = number * UPDATE_CHUNK, left = p.sizes[parameter] - offset;
    body(Stretch{p.gradients[parameter] + offset, start + offset,
                 left < UPDATE_CHUNK ? left : UPDATE_CHUNK, p.decays[parameter] != 0},
         task);
  });
}

// Four streams at a time: one alone is read at half the speed of memory.
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

inline void adam(const Update &p, const Stretch &s, float scale) {
  const double power1 = __builtin_powi(p.beta1, static_cast<int>(p.steps));
  const double power2 = __builtin_powi(p.beta2, static_cast<int>(p.steps));
  const float shrink = s.decays && p.isDecoupled ? 1 - p.learningRate * p.weightDecay : 1;
  const float l2 = s.decays && !p.isDecoupled ? p.weightDecay : 0;
  const float stepSize = p.learningRate / (1 - power1);
  const float correction = 1 / __builtin_sqrt(1 - power2), eps = p.eps;
  const float keep1 = p.beta1, take1 = 1 - p.beta1, keep2 = p.beta2, take2 = 1 - p.beta2;
  float *values = p.values + s.start, *mean = p.mean + s.start, *variance = p.variance + s.start;
  for (size_t i = 0; i < s.count; i += LANES) {
    const int n = static_cast<int>(s.count - i < LANES ? s.count - i : LANES);
    const Vec value = loadUpTo(values + i, n);
    const Vec g = loadUpTo(s.gradient + i, n) * scale + l2 * value;
    const Vec m = keep1 * loadUpTo(mean + i, n) + take1 * g;
    const Vec v = keep2 * loadUpTo(variance + i, n) + take2 * g * g;
    storeUpTo(mean + i, m, n);
    storeUpTo(variance + i, v, n);
    storeUpTo(values + i, shrink * value - stepSize * m / (squareRoot(v) * correction + eps), n);
  }
}

inline void sgd(const Update &p, const Stretch &s, float scale) {
  const float l2 = s.decays ? p.weightDecay : 0, momentum = p.momentum, rate = p.learningRate;
  float *values = p.values + s.start, *velocity = p.mean + s.start;
  for (size_t i = 0; i < s.count; i += LANES) {
    const int n = static_cast<int>(s.count - i < LANES ? s.count - i : LANES);
    const Vec value = loadUpTo(values + i, n);
    const Vec g = loadUpTo(s.gradient + i, n) * scale + l2 * value;
    const Vec v = momentum * loadUpTo(velocity + i, n) + g;
    storeUpTo(velocity + i, v, n);
    storeUpTo(values + i, value - rate * (p.isNesterov ? g + momentum * v : v), n);
  }
}

inline bool update(const Update &p, double *norm) {
  size_t stretches = 0;
  for (int i = 0; i < p.count; i++) stretches += ceilDivide(p.sizes[i], UPDATE_CHUNK);
  double *squares = reinterpret_cast<double *>(scratch(Scratch::work, 2 * stretches + 2));
  if (!squares) return false;
  forStretches(p, [&](const Stretch &s, int i) { squares[i] = sumOfSquares(s.gradient, s.count); });
  double total = 0;
  for (size_t i = 0; i < stretches; i++) total += squares[i];
  *norm = __builtin_sqrt(total);
  if (!__builtin_isfinite(*norm)) return true;
  const double limit = p.clipNorm / (*norm + 1e-6);
  const float scale = p.clipNorm == 0 || limit > 1 ? 1 : limit;
  forStretches(p, [&](const Stretch &s, int) { p.isAdam ? adam(p, s, scale) : sgd(p, s, scale); });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
