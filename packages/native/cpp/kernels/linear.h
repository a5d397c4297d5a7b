// Gradients of y = activation(x weight + bias), where there may be no bias.
#pragma once

#include "ops/ops.gen.h"
#include "products/gemm.h"
#include "vectors/row-parts.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

// The gradient of a row of the input of GELU.
INLINE Vec slopeOf(const LinearGrad &p, size_t at, int n) {
  return loadUpTo(p.dy + at, n) * geluDerivative(loadUpTo(p.sum + at, n));
}

// Computes the gradient of the input of GELU, dSum, and that of the bias, its sums over rows. Without an
// activation it writes no dSum, which is then dy itself.
inline bool biasGrad(const LinearGrad &p, float *dSum) {
  const size_t count = size_t(p.rows) * p.out;
  if (!p.dBias) {
    if (p.sum) forVectors(count, [&](size_t i, int n) { storeUpTo(dSum + i, slopeOf(p, i, n), n); });
    return true;
  }
  RowParts parts(p.rows, p.out);
  if (!parts.memory) return false;
  parts.forEach([&](size_t row, float *dBias) {
    const size_t first = row * p.out;
    forRow(p.out, [&](int j, int n) {
      const Vec d = p.sum ? slopeOf(p, first + j, n) : loadUpTo(p.dy + first + j, n);
      if (p.sum) storeUpTo(dSum + first + j, d, n);
      storeUpTo(dBias + j, loadUpTo(dBias + j, n) + d, n);
    });
  });
  parts.addUp(p.dBias);
  return true;
}

inline bool linearGrad(const LinearGrad &p) {
  const size_t in = p.in, out = p.out;
  float *product = p.sum ? scratch(Scratch::work, p.rows * out) : nullptr;
  if ((p.sum && !product) || !biasGrad(p, product)) return false;
  const float *dSum = p.sum ? product : p.dy;
  return gemm({p.rows, p.in, p.out, dSum, out, false, p.weight, out, true, p.dx, in, false, nullptr, nullptr,
               p.bf16}) &&
         gemm({p.in, p.out, p.rows, p.x, in, true, dSum, out, false, p.dWeight, out, false, nullptr, nullptr,
               p.bf16});
}

}  // namespace ramble::RAMBLE_ISA
