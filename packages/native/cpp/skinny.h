// Products with few rows, which read each weight once and run at the speed of memory: no packing.
#pragma once

#include "kernels.h"
#include "pool.h"
#include "vec-math.h"

namespace ramble::RAMBLE_ISA {

constexpr int SKINNY_ROWS = 8;

INLINE void finishRow(const Gemm &p, int i, int j0, int cols) {
  if (!p.bias && !p.activated) return;
  float *c = p.c + i * p.cLine;
  for (int j = j0; j < j0 + cols; j += LANES) {
    const int count = j0 + cols - j < LANES ? j0 + cols - j : LANES;
    const Vec y = loadPart(c + j, count) + (p.bias ? loadPart(p.bias + j, count) : Vec{});
    storePart(c + j, y, count);
    if (p.activated) storePart(p.activated + i * p.cLine + j, gelu(y), count);
  }
}

// c[i, j0..] += the K rows of B from k on, weighted by a.
template <int K>
INLINE void addRows(const Gemm &p, int k, int j0, int cols) {
  for (int i = 0; i < p.m; i++) {
    const float *b = p.b + k * p.bLine + j0;
    float weight[K];
    for (int r = 0; r < K; r++) weight[r] = p.a[i * p.aLine + k + r];
    float *c = p.c + i * p.cLine + j0;
    int j = 0;
    for (; j + LANES <= cols; j += LANES) {
      Vec y = load(c + j);
#pragma GCC unroll 8
      for (int r = 0; r < K; r++) y += weight[r] * load(b + r * p.bLine + j);
      store(c + j, y);
    }
    for (; j < cols; j++) {
      for (int r = 0; r < K; r++) c[j] += weight[r] * b[r * p.bLine + j];
    }
  }
}

// B is [k, n]: whole stretches of its rows are added up in c, which stays in the cache.
inline void skinnyAlong(const Gemm &p) {
  constexpr int STRIDE = 1024;
  const int width = p.m > 2 ? STRIDE / 2 : STRIDE;
  // At least two tasks a thread, each a whole number of cache lines wide.
  const int share = ceilDivide(ceilDivide(p.n, 2 * threadCount()), 64) * 64;
  const int part = share < width ? share : width;
  parallel(ceilDivide(p.n, part), [&](int task, int) {
    const int j0 = task * part, cols = p.n - j0 < part ? p.n - j0 : part;
    if (!p.isAdded) {
      for (int i = 0; i < p.m; i++) __builtin_memset(p.c + i * p.cLine + j0, 0, cols * sizeof(float));
    }
    int k = 0;
    for (; k + 8 <= p.k; k += 8) addRows<8>(p, k, j0, cols);
    for (; k < p.k; k++) addRows<1>(p, k, j0, cols);
    for (int i = 0; i < p.m; i++) finishRow(p, i, j0, cols);
  });
}

// c[0..M) of the rows j..j+N of B, [n, k]: scalar products.
template <int M, int N>
INLINE void dotRows(const Gemm &p, int j) {
  Vec total[M][N] = {};
  int k = 0;
  for (; k + LANES <= p.k; k += LANES) {
#pragma GCC unroll 8
    for (int r = 0; r < N; r++) {
      const Vec b = load(p.b + (j + r) * p.bLine + k);
#pragma GCC unroll 8
      for (int i = 0; i < M; i++) total[i][r] += load(p.a + i * p.aLine + k) * b;
    }
  }
  const int left = p.k - k;
  for (int r = 0; r < N; r++) {
    const Vec b = loadPart(p.b + (j + r) * p.bLine + k, left);
    for (int i = 0; i < M; i++) {
      const Vec all = total[i][r] + loadPart(p.a + i * p.aLine + k, left) * b;
      float &c = p.c[i * p.cLine + j + r];
      c = p.isAdded ? c + sum(all) : sum(all);
    }
  }
}

template <int M>
inline void skinnyAcross(const Gemm &p) {
  constexpr int ROWS = M == 1 ? 4 : M <= 4 ? 2 : 1;
  const int share = ceilDivide(ceilDivide(p.n, 4 * threadCount()), LANES) * LANES;
  const int part = share < 256 ? share : 256;
  parallel(ceilDivide(p.n, part), [&](int task, int) {
    const int end = (task + 1) * part < p.n ? (task + 1) * part : p.n;
    int j = task * part;
    for (; j + ROWS <= end; j += ROWS) dotRows<M, ROWS>(p, j);
    for (; j < end; j++) dotRows<M, 1>(p, j);
    for (int i = 0; i < p.m; i++) finishRow(p, i, task * part, end - task * part);
  });
}

template <int M = SKINNY_ROWS>
inline void skinnyAcrossOf(const Gemm &p) {
  if constexpr (M > 1) {
    if (p.m < M) return skinnyAcrossOf<M - 1>(p);
  }
  skinnyAcross<M>(p);
}

// Whether it computed the product.
inline bool skinny(const Gemm &p) {
  if (p.m > SKINNY_ROWS || p.transposeA) return false;
  if (p.transposeB) {
    skinnyAcrossOf(p);
  } else {
    skinnyAlong(p);
  }
  return true;
}

}  // namespace ramble::RAMBLE_ISA
