// Matrix products: c[m, n] (+)= a * b, then + bias, then optionally GELU beside it.
#pragma once

#include "kernels.h"
#include "pack.h"
#include "pool.h"
#include "scratch.h"
#include "skinny.h"
#include "tile.h"
#include "vec-math.h"

namespace ramble::RAMBLE_ISA {

constexpr int DEPTH = LANES == 4 ? 192 : 384;        // most k of a packed panel
constexpr int PANELS_AT_ONCE = 256 / TILE_COLS;      // packed columns of B in the L2 cache
constexpr size_t PACKED_A_FLOATS = size_t(1) << 20;  // packed A of one round
constexpr int ROWS_AT_ONCE = 36 * TILE_ROWS;         // a round's rows when k is large

// One round: rows [i0, i0 + rows) and k in [k0, k0 + depth), in blocks of `block`.
struct Round {
  int i0, rows, k0, depth, block;
  bool isFirst, isLast;
};

// Whether the tile may read the rows of A where they are. Rows that are a multiple of 4 kB apart fall
// into one set of an L1 cache of 8 ways.
inline bool isReadInPlace(const Operand &a) {
  return a.isAcross && (TILE_ROWS <= 8 || a.line % 1024 != 0);
}

inline void packRound(const Operand &a, const Round &r, float *packed) {
  constexpr int PANELS = 8;  // of a task
  const int panels = ceilDivide(r.rows, TILE_ROWS), blocks = ceilDivide(r.depth, r.block);
  const int groups = ceilDivide(panels, PANELS);
  const size_t step = panelFloats(TILE_ROWS, r.block);
  parallel(groups * blocks, [&](int task, int) {
    const int block = task / groups, panel = task % groups * PANELS;
    const int k = block * r.block, depth = r.depth - k < r.block ? r.depth - k : r.block;
    const int left = r.rows - panel * TILE_ROWS;
    pack<TILE_ROWS>(a, r.i0 + panel * TILE_ROWS,
                    left < PANELS * TILE_ROWS ? left : PANELS * TILE_ROWS, r.k0 + k, depth,
                    packed + (size_t(block) * panels + panel) * step, step);
  });
}

INLINE void activate(const Gemm &p, int i0, int rows, int j0, int cols) {
  for (int i = i0; i < i0 + rows; i++) {
    const float *c = p.c + static_cast<size_t>(i) * p.cLine + j0;
    float *out = p.activated + static_cast<size_t>(i) * p.cLine + j0;
    for (int j = 0; j < cols; j += LANES) {
      const int count = cols - j < LANES ? cols - j : LANES;
      if (count == LANES) {
        store(out + j, gelu(load(c + j)));
      } else {
        storePart(out + j, gelu(loadPart(c + j, count)), count);
      }
    }
  }
}

// Columns [j0, j0 + cols) of the rows [i0, i0 + rows), counted within the round. packedA is null where
// A is read in place.
inline void multiplyPart(const Gemm &p, const Operand &a, const Operand &b, const Round &r,
                         const float *packedA, float *packedB, int i0, int rows, int j0, int cols) {
  const size_t panel = panelFloats(TILE_ROWS, r.block);
  const int panels = ceilDivide(r.rows, TILE_ROWS);
  for (int k = 0; k < r.depth; k += r.block) {
    const int depth = r.depth - k < r.block ? r.depth - k : r.block;
    const bool isLast = r.isLast && k + depth == r.depth;
    pack<TILE_COLS>(b, j0, cols, r.k0 + k, depth, packedB, size_t(TILE_COLS) * depth);
    for (int i = i0; i < i0 + rows; i += TILE_ROWS) {
      const int count = i0 + rows - i < TILE_ROWS ? i0 + rows - i : TILE_ROWS, row = r.i0 + i;
      for (int j = 0; j < cols; j += TILE_COLS) {
        const Target to{p.c + row * p.cLine + j0 + j, p.cLine,
                        cols - j < TILE_COLS ? cols - j : TILE_COLS,
                        k > 0 || !r.isFirst || p.isAdded,
                        isLast && p.bias ? p.bias + j0 + j : nullptr};
        const float *right = packedB + size_t(j) * depth;
        if (packedA) {
          const size_t at = static_cast<size_t>(k / r.block) * panels + i / TILE_ROWS;
          tileOf<Layout::packed>(count, depth, packedA + at * panel, 0, right, to);
        } else {
          tileOf<Layout::rows>(count, depth, a.at(row, r.k0 + k), a.line, right, to);
        }
      }
      if (isLast && p.activated) activate(p, row, count, j0, cols);
    }
  }
}

// How a round is cut into tasks. Neither the cut nor the threads change any sum's order.
inline void multiplyRound(const Gemm &p, const Operand &a, const Operand &b, const Round &r,
                          const float *packedA, float *packedB) {
  const int threads = threadCount(), panels = ceilDivide(p.n, TILE_COLS);
  int width = ceilDivide(panels, 2 * threads);
  if (width > PANELS_AT_ONCE) width = PANELS_AT_ONCE;
  const int columns = ceilDivide(panels, width), tiles = ceilDivide(r.rows, TILE_ROWS);
  // Few columns: rows are divided too.
  int rowParts = columns >= 2 * threads ? 1 : ceilDivide(2 * threads, columns);
  if (rowParts > tiles) rowParts = tiles;
  const int tilesAtOnce = ceilDivide(tiles, rowParts);
  rowParts = ceilDivide(tiles, tilesAtOnce);
  const size_t perWorker = size_t(width) * TILE_COLS * r.block + LANES;
  parallel(columns * rowParts, [&](int task, int worker) {
    const int i0 = task % rowParts * tilesAtOnce * TILE_ROWS, j0 = task / rowParts * width * TILE_COLS;
    const int rows = r.rows - i0 < tilesAtOnce * TILE_ROWS ? r.rows - i0 : tilesAtOnce * TILE_ROWS;
    const int cols = p.n - j0 < width * TILE_COLS ? p.n - j0 : width * TILE_COLS;
    multiplyPart(p, a, b, r, packedA, packedB + worker * perWorker, i0, rows, j0, cols);
  });
}

inline bool gemm(const Gemm &p) {
  if (p.m == 0 || p.n == 0) return true;
  if (skinny(p)) return true;
  const Operand a{p.a, p.aLine, !p.transposeA}, b{p.b, p.bLine, p.transposeB};
  // Blocks of one size, whole vectors of it.
  const int blocks = p.k > 0 ? ceilDivide(p.k, DEPTH) : 1;
  const int block = ceilDivide(ceilDivide(p.k, blocks), LANES) * LANES;
  float *packedB = scratch(Scratch::packedB,
                           size_t(threadCount()) * (PANELS_AT_ONCE * TILE_COLS * DEPTH + LANES));
  if (!packedB) return false;
  if (isReadInPlace(a)) {
    multiplyRound(p, a, b, {0, p.m, 0, p.k, block, true, true}, nullptr, packedB);
    return true;
  }
  int rowsAtOnce = ROWS_AT_ONCE > p.m ? p.m : ROWS_AT_ONCE;
  int depthAtOnce = static_cast<int>(PACKED_A_FLOATS / rowsAtOnce / block) * block;
  if (depthAtOnce >= p.k) {
    depthAtOnce = p.k;
    const size_t fits = PACKED_A_FLOATS / (p.k > 0 ? p.k : 1) / TILE_ROWS * TILE_ROWS;
    rowsAtOnce = fits < size_t(p.m) ? static_cast<int>(fits) : p.m;
  }
  const size_t panels = size_t(ceilDivide(rowsAtOnce, TILE_ROWS)) * (ceilDivide(depthAtOnce, block) + 1);
  float *packedA = scratch(Scratch::packedA, panels * panelFloats(TILE_ROWS, block));
  if (!packedA) return false;
  for (int i = 0; i < p.m; i += rowsAtOnce) {
    const int rows = p.m - i < rowsAtOnce ? p.m - i : rowsAtOnce;
    for (int k = 0; k == 0 || k < p.k; k += depthAtOnce) {
      const int depth = p.k - k < depthAtOnce ? p.k - k : depthAtOnce;
      const Round round{i, rows, k, depth, block, k == 0, k + depth >= p.k};
      packRound(a, round, packedA);
      multiplyRound(p, a, b, round, packedA, packedB);
    }
  }
  return true;
}

}  // namespace ramble::RAMBLE_ISA
