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

constexpr int DEPTH = LANES == 4 ? 192 : 256;       // k of a packed panel: B's fits the L1 cache
constexpr int PANELS_AT_ONCE = 256 / TILE_COLS;     // packed columns of B in the L2 cache
constexpr size_t PACKED_A_FLOATS = size_t(1) << 20; // packed A of one round
constexpr int ROWS_AT_ONCE = 36 * TILE_ROWS;        // a round's rows when k is large

INLINE void finishTile(const Gemm &p, int i0, int rows, int j0, int cols) {
  for (int i = i0; i < i0 + rows; i++) {
    float *c = p.c + static_cast<size_t>(i) * p.cLine + j0;
    float *out = p.activated ? p.activated + static_cast<size_t>(i) * p.cLine + j0 : nullptr;
    for (int j = 0; j < cols; j += LANES) {
      const int count = cols - j < LANES ? cols - j : LANES;
      if (count == LANES) {
        const Vec y = load(c + j) + (p.bias ? load(p.bias + j0 + j) : Vec{});
        store(c + j, y);
        if (out) store(out + j, gelu(y));
      } else {
        const Vec y = loadPart(c + j, count) + (p.bias ? loadPart(p.bias + j0 + j, count) : Vec{});
        storePart(c + j, y, count);
        if (out) storePart(out + j, gelu(y), count);
      }
    }
  }
}

// One round: rows [i0, i0 + rows) and k in [k0, k0 + depth). The packed A holds blocks of DEPTH.
struct Round {
  int i0, rows, k0, depth;
  bool isFirst, isLast;
};

inline void packRound(const Operand &a, const Round &r, float *packed) {
  const int panels = ceilDivide(r.rows, TILE_ROWS), blocks = ceilDivide(r.depth, DEPTH);
  parallel(panels * blocks, [&](int task, int) {
    const int block = task / panels, panel = task % panels;
    const int k = block * DEPTH, depth = r.depth - k < DEPTH ? r.depth - k : DEPTH;
    const int left = r.rows - panel * TILE_ROWS;
    pack<TILE_ROWS>(a, r.i0 + panel * TILE_ROWS, left < TILE_ROWS ? left : TILE_ROWS, r.k0 + k,
                    depth, packed + task * panelFloats(TILE_ROWS, DEPTH));
  });
}

// Columns [j0, j0 + cols) of the rows [i0, i0 + rows), counted within the round.
inline void multiplyPart(const Gemm &p, const Operand &b, const Round &r, const float *packedA,
                         float *packedB, int i0, int rows, int j0, int cols) {
  const size_t panel = panelFloats(TILE_ROWS, DEPTH);
  const int panels = ceilDivide(r.rows, TILE_ROWS);
  for (int k = 0; k < r.depth; k += DEPTH) {
    const int depth = r.depth - k < DEPTH ? r.depth - k : DEPTH;
    const bool isAdded = k > 0 || !r.isFirst || p.isAdded;
    const bool isDone = r.isLast && k + depth == r.depth && (p.bias || p.activated);
    const float *a = packedA + (static_cast<size_t>(k / DEPTH) * panels + i0 / TILE_ROWS) * panel;
    for (int j = 0; j < cols; j += TILE_COLS) {
      const int width = cols - j < TILE_COLS ? cols - j : TILE_COLS;
      pack<TILE_COLS>(b, j0 + j, width, r.k0 + k, depth, packedB + size_t(j) * depth);
    }
    for (int i = 0; i < rows; i += TILE_ROWS, a += panel) {
      const int count = rows - i < TILE_ROWS ? rows - i : TILE_ROWS;
      const int row = r.i0 + i0 + i;
      for (int j = 0; j < cols; j += TILE_COLS) {
        const int width = cols - j < TILE_COLS ? cols - j : TILE_COLS;
        float *c = p.c + static_cast<size_t>(row) * p.cLine + j0 + j;
        tileOf<Layout::packed>(count, depth, a, packedB + size_t(j) * depth, c, p.cLine, width,
                               isAdded);
        if (isDone) finishTile(p, row, count, j0 + j, width);
      }
    }
  }
}

// How a round is cut into tasks. Neither the cut nor the threads change any sum's order.
inline void multiplyRound(const Gemm &p, const Operand &b, const Round &r, const float *packedA,
                          float *packedB) {
  const int threads = threadCount(), panels = ceilDivide(p.n, TILE_COLS);
  int width = ceilDivide(panels, 2 * threads);
  if (width > PANELS_AT_ONCE) width = PANELS_AT_ONCE;
  const int columns = ceilDivide(panels, width), tiles = ceilDivide(r.rows, TILE_ROWS);
  // Few columns: rows are divided too.
  int rowParts = columns >= 2 * threads ? 1 : ceilDivide(2 * threads, columns);
  if (rowParts > tiles) rowParts = tiles;
  const int tilesAtOnce = ceilDivide(tiles, rowParts);
  rowParts = ceilDivide(tiles, tilesAtOnce);
  const size_t perWorker = size_t(width) * TILE_COLS * DEPTH + LANES;
  parallel(columns * rowParts, [&](int task, int worker) {
    const int i0 = task % rowParts * tilesAtOnce * TILE_ROWS, j0 = task / rowParts * width * TILE_COLS;
    const int rows = r.rows - i0 < tilesAtOnce * TILE_ROWS ? r.rows - i0 : tilesAtOnce * TILE_ROWS;
    const int cols = p.n - j0 < width * TILE_COLS ? p.n - j0 : width * TILE_COLS;
    multiplyPart(p, b, r, packedA, packedB + worker * perWorker, i0, rows, j0, cols);
  });
}

inline bool gemm(const Gemm &p) {
  if (p.m == 0 || p.n == 0) return true;
  if (skinny(p)) return true;
  const Operand a{p.a, p.aLine, !p.transposeA}, b{p.b, p.bLine, p.transposeB};
  int rowsAtOnce = ROWS_AT_ONCE > p.m ? p.m : ROWS_AT_ONCE;
  int depthAtOnce = static_cast<int>(PACKED_A_FLOATS / rowsAtOnce / DEPTH) * DEPTH;
  if (depthAtOnce >= p.k) {
    depthAtOnce = p.k;
    const size_t fits = PACKED_A_FLOATS / (p.k > 0 ? p.k : 1) / TILE_ROWS * TILE_ROWS;
    rowsAtOnce = fits < size_t(p.m) ? static_cast<int>(fits) : p.m;
  }
  const size_t panels = size_t(ceilDivide(rowsAtOnce, TILE_ROWS)) * (ceilDivide(depthAtOnce, DEPTH) + 1);
  float *packedA = scratch(Scratch::packedA, panels * panelFloats(TILE_ROWS, DEPTH));
  float *packedB = scratch(Scratch::packedB,
                           size_t(threadCount()) * (PANELS_AT_ONCE * TILE_COLS * DEPTH + LANES));
  if (!packedA || !packedB) return false;
  for (int i = 0; i < p.m; i += rowsAtOnce) {
    const int rows = p.m - i < rowsAtOnce ? p.m - i : rowsAtOnce;
    int k = 0;
    do {
      const int depth = p.k - k < depthAtOnce ? p.k - k : depthAtOnce;
      const Round round{i, rows, k, depth, k == 0, k + depth >= p.k};
      packRound(a, round, packedA);
      multiplyRound(p, b, round, packedA, packedB);
      k += depth;
    } while (k < p.k);
  }
  return true;
}

}  // namespace ramble::RAMBLE_ISA
