// Gradients of y = activation(x weight + bias).
#pragma once

#include "elementwise.h"
#include "gemm.h"

namespace ramble::RAMBLE_ISA {

// out[j] = sum over rows of x[row][j].
inline void columnSums(int rows, int width, const float *x, float *out) {
  constexpr int COLS = 4 * LANES;
  parallel(ceilDivide(width, COLS), [&](int task, int) {
    const int j0 = task * COLS, cols = width - j0 < COLS ? width - j0 : COLS;
    const float *from = x + j0;
    if (cols == COLS) {
      Vec total[4] = {};
      for (int row = 0; row < rows; row++, from += width) {
        for (int v = 0; v < 4; v++) total[v] += load(from + v * LANES);
      }
      for (int v = 0; v < 4; v++) store(out + j0 + v * LANES, total[v]);
      return;
    }
    for (int j = 0; j < cols; j++) {
      float total = 0;
      for (int row = 0; row < rows; row++) total += from[static_cast<size_t>(row) * width + j];
      out[j0 + j] = total;
    }
  });
}

inline bool linearGrad(const LinearGrad &p) {
  const size_t count = static_cast<size_t>(p.rows) * p.out;
  const float *dSum = p.dy;
  if (p.sum) {
    float *product = scratch(Scratch::work, count);
    if (!product) return false;
    forVectors(count, [&](size_t i, int n) {
      const Vec slope = geluDerivative(loadUpTo(p.sum + i, n));
      storeUpTo(product + i, loadUpTo(p.dy + i, n) * slope, n);
    });
    dSum = product;
  }
  columnSums(p.rows, p.out, dSum, p.dBias);
  const size_t in = p.in, out = p.out;
  return gemm({p.rows, p.in, p.out, dSum, out, false, p.weight, out, true, p.dx, in, false,
               nullptr, nullptr}) &&
         gemm({p.in, p.out, p.rows, p.x, in, true, dSum, out, false, p.dWeight, out, false,
               nullptr, nullptr});
}

}  // namespace ramble::RAMBLE_ISA
