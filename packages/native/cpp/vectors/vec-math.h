// exp, root, tanh, the logistic function, SiLU and GELU on vectors. NaN stays NaN, and infinities have the
// limits of the functions.
#pragma once

#include "vectors/vec.h"

namespace ramble::RAMBLE_ISA {

// Between these, e^x is neither infinite nor below the normal numbers.
constexpr float EXP_LOWEST = -87.33654f, EXP_HIGHEST = 88.37626f;

#if defined(__AVX512F__)
// p * 2^n where x is not below the lowest, else 0, by the mask: a result below the normal numbers takes the
// processor a hundred cycles, even if it is rounded to 0, and most scores of attention that are masked are
// such.
INLINE Vec timesPowerOfTwo(Vec p, Vec, Vec n, Vec x) {
  const auto isInside = _mm512_cmp_ps_mask((__m512)x, (__m512)broadcast(EXP_LOWEST), _CMP_NLT_UQ);
  return (Vec)_mm512_maskz_scalef_ps(isInside, (__m512)p, (__m512)n);
}
#else
// The low bits of `shifted` are n: they become the exponent of 2^n.
INLINE Vec timesPowerOfTwo(Vec p, Vec shifted, Vec, Vec x) {
  const Vec result = p * (Vec)(((IntVec)shifted << 23) + 0x3f800000);
  return x < EXP_LOWEST ? Vec{} : result;
}
#endif

// e^x within 2 ulp; 0 below -87.34, infinity above 88.38. The polynomial is Cephes' expf.
INLINE Vec exponential(Vec x) {
  const float roundToInteger = 12582912.0f;  // 1.5 * 2^23: adding it leaves no fraction bits
  const Vec inside = smaller(broadcast(EXP_HIGHEST), larger(broadcast(EXP_LOWEST), x));
  const Vec shifted = inside * 1.44269504f + roundToInteger;
  const Vec n = shifted - roundToInteger;
  const Vec r = inside - n * 0.693359375f + n * 2.12194440e-4f;
  Vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  const Vec result = timesPowerOfTwo(p, shifted, n, x);
  return x > EXP_HIGHEST ? broadcast(__builtin_inff()) : result;
}

// Natural logarithm of a positive number; infinity and NaN pass through. The polynomial is Cephes' logf.
INLINE Vec logarithm(Vec x) {
  const IntVec bits = (IntVec)x, exponent = (bits - 0x3f3504f3) >> 23;  // x / 2^e from sqrt(1/2) on
  const Vec f = (Vec)(bits - (exponent << 23)) - 1.0f, e = __builtin_convertvector(exponent, Vec);
  Vec p = f * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  const Vec square = f * f;
  const Vec rest = p * f * square - e * 2.12194440e-4f - 0.5f * square;
  return x < __builtin_inff() ? e * 0.693359375f + (f + rest) : x;
}

INLINE Vec squareRoot(Vec v) {
  Vec result;
  for (int lane = 0; lane < LANES; lane++) result[lane] = __builtin_sqrtf(v[lane]);
  return result;
}

// By Cephes' polynomial where the quotient of exponentials would cancel.
INLINE Vec hyperbolicTangent(Vec x) {
  const Vec size = x < 0 ? -x : x, square = x * x;
  Vec p = square * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * square - 5.37397155531e-2f;
  p = p * square + 1.33314422036e-1f;
  p = p * square - 3.33332819422e-1f;
  const Vec far = 1.0f - 2.0f / (exponential(size + size) + 1.0f);
  return size < 0.625f ? p * square * x + x : x < 0 ? -far : far;
}

INLINE Vec logistic(Vec x) { return 1.0f / (1.0f + exponential(-x)); }

// Also called swish.
INLINE Vec silu(Vec x) { return x * logistic(x); }

INLINE Vec siluDerivative(Vec x) {
  const Vec gate = logistic(x);
  return gate + x * gate * (1.0f - gate);
}

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
