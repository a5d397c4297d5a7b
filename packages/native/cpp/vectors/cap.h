// Soft caps: cap * tanh(x / cap) is bounded by the cap.
#pragma once

#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

INLINE Vec capped(Vec x, float cap) { return hyperbolicTangent(x / cap) * cap; }

// The derivative, by what was capped; 0 where that is minus infinity, which a mask puts there.
INLINE Vec capDerivative(Vec y, float cap) {
  const Vec share = y / cap;
  return share < -1.0f ? Vec{} : 1.0f - share * share;
}

ONCE void capRow(float *x, int count, float cap) {
  forRow(count, [&](int j, int n) { storeUpTo(x + j, capped(loadUpTo(x + j, n), cap), n); });
}

}  // namespace ramble::RAMBLE_ISA
