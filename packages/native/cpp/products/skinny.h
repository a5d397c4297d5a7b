// Products with few rows: they read each weight once, without packing, at the speed of memory.
#pragma once

#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

// c[m, n] (+)= a * b + bias. a is [m, k], or [k, m] when transposed; b [k, n] or [n, k]. A `line` is the
// floats from one row to the next.
struct Gemm {
  int m, n, k;
  const float *a;
  size_t aLine;
  bool transposeA;
  const float *b;
  size_t bLine;
  bool transposeB;
  float *c;
  size_t cLine;
  bool isAdded;       // to what c holds
  const float *bias;  // [n] or null
  float *activated;   // [m, n] with c's line, receives GELU of c; or null
  bool bf16;          // both operands are rounded to bf16; sums are floats
};

constexpr int SKINNY_ROWS = 8;

INLINE void finishSkinny(const Gemm &p, int i, int j0, int cols) {
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

// For B of [k, n]: adds whole stretches of its rows up in c, which stays in the cache.
inline void skinnyAlong(const Gemm &p) {
  constexpr int STRIDE = 1024;
  const int width = p.m > 2 ? STRIDE / 2 : STRIDE;
  // Minimum two tasks a thread, each a whole number of cache lines wide.
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
    for (int i = 0; i < p.m; i++) finishSkinny(p, i, j0, cols);
  });
}

// Rows [i, i + M) of c at columns [j, j + N), which are rows of B, [n, k]: scalar products.
template <int M, int N>
INLINE void dotTile(const Gemm &p, int i, int j) {
  Vec total[M][N] = {};
  const float *a = p.a + i * p.aLine, *b = p.b + j * p.bLine;
  forRow(p.k, [&](int k, int count) {
#pragma GCC unroll 4
    for (int r = 0; r < N; r++) {
      const Vec right = loadUpTo(b + r * p.bLine + k, count);
#pragma GCC unroll 4
      for (int m = 0; m < M; m++) total[m][r] += loadUpTo(a + m * p.aLine + k, count) * right;
    }
  });
  for (int m = 0; m < M; m++) {
    for (int r = 0; r < N; r++) {
      float &c = p.c[(i + m) * p.cLine + j + r];
      c = p.isAdded ? c + sum(total[m][r]) : sum(total[m][r]);
    }
  }
}

// As many sums at a time as the registers hold.
template <int N>
inline void dotColumns(const Gemm &p, int j) {
  int i = 0;
  for (; i + 4 <= p.m; i += 4) dotTile < 4, N<2 ? N : 2>(p, i, j);
  if (N == 4) {
    for (i = 0; i + 4 <= p.m; i += 4) dotTile<4, 2>(p, i, j + 2);
  }
  for (; i < p.m; i++) dotTile<1, N>(p, i, j);
}

inline void skinnyAcross(const Gemm &p) {
  const int share = ceilDivide(ceilDivide(p.n, 4 * threadCount()), LANES) * LANES;
  const int part = share < 256 ? share : 256;
  parallel(ceilDivide(p.n, part), [&](int task, int) {
    const int end = (task + 1) * part < p.n ? (task + 1) * part : p.n;
    int j = task * part;
    for (; j + 4 <= end; j += 4) dotColumns<4>(p, j);
    for (; j < end; j++) dotColumns<1>(p, j);
    for (int i = 0; i < p.m; i++) finishSkinny(p, i, task * part, end - task * part);
  });
}

// Computes the product if it has few rows; returns whether it did.
inline bool skinny(const Gemm &p) {
  if (p.m > SKINNY_ROWS || p.transposeA) return false;
  if (p.transposeB) {
    skinnyAcross(p);
  } else {
    skinnyAlong(p);
  }
  return true;
}

}  // namespace ramble::RAMBLE_ISA
