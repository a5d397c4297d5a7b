// Products of the matrices of a batch.
#pragma once

#include "ops/ops.gen.h"
#include "products/gemm.h"

namespace ramble::RAMBLE_ISA {

inline bool matMul(const MatMul &p) {
  const size_t aLine = p.transposeA ? p.m : p.k, bLine = p.transposeB ? p.k : p.n, cLine = p.n;
  for (int i = 0; i < p.batch; i++) {
    const float *a = p.a + i * p.aStep, *b = p.b + i * p.bStep;
    float *c = p.c + i * p.m * cLine;
    if (!gemm({p.m, p.n, p.k, a, aLine, p.transposeA, b, bLine, p.transposeB, c, cLine, false, p.bias,
               p.activated, p.bf16})) {
      return false;
    }
  }
  return true;
}

}  // namespace ramble::RAMBLE_ISA
