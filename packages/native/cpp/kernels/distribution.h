// The distribution that sampling draws a token from: softmax of logits in double precision.
#pragma once

#include "ops/ops.gen.h"
#include "vectors/vec.h"

namespace ramble::RAMBLE_ISA {

typedef int64_t Longs __attribute__((vector_size(LANES * 4)));
typedef double UnalignedDoubles __attribute__((vector_size(LANES * 4), aligned(8), may_alias));

INLINE Doubles loadWide(const double *p) { return *reinterpret_cast<const UnalignedDoubles *>(p); }

// e^x for x <= 0 within 2 ulp, 0 below -700; NaN stays NaN. The polynomial is Taylor's, of degree 13.
INLINE Doubles exponential(Doubles x) {
  const double roundToInteger = 6755399441055744.0;  // 1.5 * 2^52: adding it leaves no fraction bits
  const Doubles shifted = x * 1.4426950408889634 + roundToInteger;
  const Doubles n = shifted - roundToInteger;
  const Doubles r = x - n * 0.6931471803691238 - n * 1.9082149292705877e-10;
  constexpr double TERMS[] = {1.6059043836821613e-10,
                              2.08767569878681e-9,
                              2.505210838544172e-8,
                              2.755731922398589e-7,
                              2.7557319223985893e-6,
                              2.48015873015873e-5,
                              1.984126984126984e-4,
                              1.388888888888889e-3,
                              8.333333333333333e-3,
                              4.1666666666666664e-2,
                              0.16666666666666666,
                              0.5,
                              1.0,
                              1.0};
  Doubles p = Doubles{} + TERMS[0];
#pragma GCC unroll 13
  for (int i = 1; i < 14; i++) p = p * r + TERMS[i];
  // The low bits of `shifted` are n: they are added to the exponent.
  const Doubles result = (Doubles)((Longs)p + ((Longs)shifted << 52));
  return x < -700.0 ? Doubles{} : result;
}

// Computes the probabilities of `count` logits, unless null, the largest logit, and the sum of e^(logit -
// largest).
template <class Number>
__attribute__((noinline)) void softmaxInDoubles(size_t count, const Number *logits, double *probabilities,
                                                double *totals) {
  const size_t whole = count - count % WIDE_LANES;
  Doubles rest = Doubles{} - __builtin_inf();  // the rest behind whole vectors, padded with probability 0
  for (size_t i = whole; i < count; i++) rest[i - whole] = logits[i];
  Doubles highest = rest;
  for (size_t i = 0; i < whole; i += WIDE_LANES) {
    const Doubles x = loadWide(logits + i);
    highest = x > highest ? x : highest;
  }
  double most = highest[0];
  for (int lane = 1; lane < WIDE_LANES; lane++) most = highest[lane] > most ? highest[lane] : most;
  Doubles total{};
  for (size_t i = 0; i < whole; i += WIDE_LANES) {
    const Doubles e = exponential(loadWide(logits + i) - most);
    total += e;
    if (probabilities) *reinterpret_cast<UnalignedDoubles *>(probabilities + i) = e;
  }
  const Doubles e = exponential(rest - most);
  total += e;
  if (probabilities) __builtin_memcpy(probabilities + whole, &e, (count - whole) * sizeof(double));
  double sum = 0;
  for (int lane = 0; lane < WIDE_LANES; lane++) sum += total[lane];
  const double factor = 1 / sum;
  for (size_t i = 0; probabilities && i < count; i++) probabilities[i] *= factor;
  totals[0] = most;
  totals[1] = sum;
}

inline bool distribution(const Distribution &p) {
  softmaxInDoubles(p.count, p.logits, p.probabilities, p.totals);
  return true;
}

inline bool wideDistribution(const WideDistribution &p) {
  softmaxInDoubles(p.count, p.logits, p.probabilities, p.totals);
  return true;
}

}  // namespace ramble::RAMBLE_ISA
