// Gradients of y = activation(x weight + bias).
#pragma once

#include "ops/ops.gen.h"
#include "products/gemm.h"
#include "vectors/row-parts.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

// Computes the gradient of the input of GELU, dSum, and that of the bias, its sums over rows. Without an
// activation it writes no dSum, which is then dy itself.
inline bool biasGrad(const LinearGrad &p, float *dSum) {
  RowParts parts(p.rows, p.out);
  if (!parts.memory) return false;
  parts.forEach([&](int row, float *dBias) {
    const float *dy = p.dy + static_cast<size_t>(row) * p.out;
    if (!p.sum)
      return forRow(p.out, [&](int j, int n) {
        storeUpTo(dBias + j, loadUpTo(dBias + j, n) + loadUpTo(dy + j, n), n);
      });
    const float *sum = p.sum + static_cast<size_t>(row) * p.out;
    float *out = dSum + static_cast<size_t>(row) * p.out;
    forRow(p.out, [&](int j, int n) {
      const Vec d = loadUpTo(dy + j, n) * geluDerivative(loadUpTo(sum + j, n));
      storeUpTo(out + j, d, n);
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
  return gemm({p.rows, p.in, p.out, dSum, out, false, p.weight, out, true, p.dx, in, false, nullptr,
               nullptr}) &&
         gemm(
             {p.in, p.out, p.rows, p.x, in, true, dSum, out, false, p.dWeight, out, false, nullptr, nullptr});
}

}  // namespace ramble::RAMBLE_ISA
