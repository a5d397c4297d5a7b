// exp, the logistic function and GELU on vectors. NaN stays NaN, infinities go where they should.
#pragma once

#include "vec.h"

namespace ramble::RAMBLE_ISA {

// e^x within 2 ulp; 0 below -87.3, infinity above 88.3. The polynomial is Cephes' expf.
INLINE Vec exponential(Vec x) {
  const float lowest = -87.33654f, highest = 88.37626f;
  const float roundToInteger = 12582912.0f;  // 1.5 * 2^23: adding it leaves no fraction bits
  Vec inside = x < lowest ? broadcast(lowest) : x;
  inside = inside > highest ? broadcast(highest) : inside;
  const Vec shifted = inside * 1.44269504f + roundToInteger;
  const Vec n = shifted - roundToInteger;
  const Vec r = inside - n * 0.693359375f + n * 2.12194440e-4f;
  Vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  // The low bits of `shifted` are n: they become the exponent of 2^n.
  const IntVec exponent = ((IntVec)shifted << 23) + 0x3f800000;
  Vec result = p * (Vec)exponent;
  result = x < lowest ? Vec{} : result;
  return x > highest ? broadcast(__builtin_inff()) : result;
}

INLINE Vec logistic(Vec x) { return 1.0f / (1.0f + exponential(-x)); }

// GELU's tanh form: 0.5 x (1 + tanh u) is x * logistic(2u), u = sqrt(2/pi) (x + 0.044715 x^3).
constexpr float GELU_SCALE = 1.5957691216057308f;  // 2 sqrt(2 / pi)
constexpr float GELU_CUBIC = 0.044715f;

INLINE Vec geluGate(Vec x) { return logistic(x * GELU_SCALE * (1.0f + GELU_CUBIC * x * x)); }

INLINE Vec gelu(Vec x) { return x * geluGate(x); }

INLINE Vec geluDerivative(Vec x) {
  const Vec gate = geluGate(x);
  const Vec slope = GELU_SCALE * (1.0f + 3.0f * GELU_CUBIC * x * x);
  return gate + x * gate * (1.0f - gate) * slope;
}

}  // namespace ramble::RAMBLE_ISA
