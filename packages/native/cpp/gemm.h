// Matrix products: c[m, n] (+)= a * b, then + bias, then optionally GELU beside it.
#pragma once

#include "elementwise.h"
#include "pack.h"
#include "scratch.h"
#include "skinny.h"
#include "tile.h"

namespace ramble::RAMBLE_ISA {

constexpr int DEPTH = LANES == 4 ? 192 : 384;    // most k of a packed panel
constexpr int COLS_AT_ONCE = 256;                // packed columns of B: they fit the L2 cache
constexpr int ROWS_ENOUGH = 256;                 // rows that are worth packing B for
constexpr size_t PACKED_A = panelFloats(TILE_ROWS, DEPTH);  // floats of a panel
constexpr size_t PACKED_B = size_t(COLS_AT_ONCE) * DEPTH + LANES;

// Rows and columns of a task.
struct Cut {
  int rows, cols;
};

// Whether the tile may read the rows of A where they are. Rows that are a multiple of 4 kB apart fall
// into one set of an L1 cache of 8 ways.
inline bool isReadInPlace(const Operand &a) {
  return a.isAcross && (TILE_ROWS <= 8 || a.line % 1024 != 0);
}

INLINE void activate(const Gemm &p, int i0, int rows, int j0, int cols) {
  for (int i = i0; i < i0 + rows; i++) {
    const float *c = p.c + static_cast<size_t>(i) * p.cLine + j0;
    float *out = p.activated + static_cast<size_t>(i) * p.cLine + j0;
    forRow(cols, [&](int j, int n) { storeUpTo(out + j, gelu(loadUpTo(c + j, n)), n); });
  }
}

// Rows [i0, i0 + rows) of columns [j0, j0 + cols) over k in [k0, k0 + depth), B's part packed.
inline void multiplyBlock(const Gemm &p, const Operand &a, int i0, int rows, int j0, int cols, int k0,
                          int depth, float *packedA, const float *packedB) {
  const bool isLast = k0 + depth == p.k, isInPlace = isReadInPlace(a);
  for (int i = i0; i < i0 + rows; i += TILE_ROWS) {
    const int count = i0 + rows - i < TILE_ROWS ? i0 + rows - i : TILE_ROWS;
    if (!isInPlace) pack<TILE_ROWS>(a, i, count, k0, depth, packedA, 0);
    for (int j = 0; j < cols; j += TILE_COLS) {
      const Target to{p.c + i * p.cLine + j0 + j, p.cLine,
                      cols - j < TILE_COLS ? cols - j : TILE_COLS, k0 > 0 || p.isAdded,
                      isLast && p.bias ? p.bias + j0 + j : nullptr};
      const float *right = packedB + size_t(j) * depth;
      if (isInPlace) {
        tileOf<Layout::rows>(count, depth, a.at(i, k0), a.line, right, to);
      } else {
        tileOf<Layout::packed>(count, depth, packedA, 0, right, to);
      }
    }
    if (isLast && p.activated) activate(p, i, count, j0, cols);
  }
}

// Whole tiles for each part.
INLINE int shareOf(int size, int tile, int parts) {
  return ceilDivide(ceilDivide(size, tile), parts) * tile;
}

// By rows, so that a thread writes and later reads the rows that were its own before: lines that
// another core has in its cache cost as much as those of memory. By columns where rows are few.
// No sum depends on the cut.
inline Cut cutOf(const Gemm &p) {
  const int threads = threadCount(), most = threads > 1 ? 4 * threads : 1;
  const int parts = p.m / ROWS_ENOUGH / threads * threads;
  if (parts > 0) return {shareOf(p.m, TILE_ROWS, parts < most ? parts : most), p.n};
  const int cols = shareOf(p.n, TILE_COLS, 2 * threads), columns = ceilDivide(p.n, cols);
  return {shareOf(p.m, TILE_ROWS, ceilDivide(2 * threads, columns)), cols};
}

inline bool gemm(const Gemm &p) {
  if (p.m == 0 || p.n == 0) return true;
  if (skinny(p)) return true;
  const Operand a{p.a, p.aLine, !p.transposeA}, b{p.b, p.bLine, p.transposeB};
  // Blocks of one size, whole vectors of it.
  const int blocks = p.k > 0 ? ceilDivide(p.k, DEPTH) : 1;
  const int block = ceilDivide(ceilDivide(p.k, blocks), LANES) * LANES;
  float *memory = scratch(Scratch::packed, (PACKED_A + PACKED_B) * threadCount());
  if (!memory) return false;
  const Cut cut = cutOf(p);
  const int columns = ceilDivide(p.n, cut.cols);
  parallel(ceilDivide(p.m, cut.rows) * columns, [&](int task, int worker) {
    float *packedA = memory + worker * (PACKED_A + PACKED_B), *packedB = packedA + PACKED_A;
    const int i0 = task / columns * cut.rows, start = task % columns * cut.cols;
    const int rows = p.m - i0 < cut.rows ? p.m - i0 : cut.rows;
    const int end = p.n - start < cut.cols ? p.n : start + cut.cols;
    for (int j0 = start; j0 < end; j0 += COLS_AT_ONCE) {
      const int cols = end - j0 < COLS_AT_ONCE ? end - j0 : COLS_AT_ONCE;
      for (int k = 0; k == 0 || k < p.k; k += block) {
        const int depth = p.k - k < block ? p.k - k : block;
        pack<TILE_COLS>(b, j0, cols, k, depth, packedB, size_t(TILE_COLS) * depth);
        multiplyBlock(p, a, i0, rows, j0, cols, k, depth, packedA, packedB);
      }
    }
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
