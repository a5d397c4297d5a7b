// Rotary positions: pairs of columns of queries and keys turn by angles that grow with the position.
// Su et al. 2021, https://arxiv.org/abs/2104.09864
#pragma once

#include "ops/ops.gen.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

INLINE void rotateRow(const RotateHeads &p, size_t row) {
  const float *from = p.qkv + row * p.width;
  const float *cosine = p.angles + row * p.turned;
  float *to = p.y + row * p.width;
  const int half = p.turned / 2;
  const float *sine = cosine + half;
  for (int head = 0; head < p.heads; head++, from += p.headDim, to += p.headDim) {
    forRow(half, [&](int i, int n) {
      const Vec a = loadUpTo(from + i, n), b = loadUpTo(from + half + i, n);
      const Vec c = loadUpTo(cosine + i, n), turn = loadUpTo(sine + i, n), s = p.isBackwards ? -turn : turn;
      storeUpTo(to + i, a * c - b * s, n);
      storeUpTo(to + half + i, b * c + a * s, n);
    });
    __builtin_memcpy(to + p.turned, from + p.turned, (p.headDim - p.turned) * sizeof(float));
  }
  __builtin_memcpy(to, from, (p.width - size_t(p.heads) * p.headDim) * sizeof(float));
}

inline bool rotateHeads(const RotateHeads &p) {
  forRows(p.rows, p.width, [&](int row) { rotateRow(p, row); });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
