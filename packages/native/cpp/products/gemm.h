// Matrix products: c[m, n] (+)= a * b, then + bias, then optionally GELU beside it.
#pragma once

#include "pool/scratch.h"
#include "products/pack.h"
#include "products/skinny.h"
#include "products/tile.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

constexpr int DEPTH = LANES == 4 ? 192 : 384;  // maximum k of a packed panel
constexpr int COLS_AT_ONCE = 256;              // packed columns of B: they fit the L2 cache
constexpr int ROWS_ENOUGH = 512;               // rows of a thread from which packing all of B pays
constexpr int ROWS_AT_ONCE = 1024;             // maximum number of packed rows of A
constexpr size_t PACKED_B = size_t(COLS_AT_ONCE) * DEPTH + LANES;
constexpr size_t SHARED_FLOATS = 3 << 19;  // maximum number of packed floats that all threads share

// A product is cut into so many parts, each of whole tiles.
struct Cut {
  int rows, cols;
};

// Whether the tile reads the rows of A in place.
inline bool isReadInPlace(const Operand &a) { return a.isAcross && !isCrowded(a.line); }

INLINE void activate(const Gemm &p, int i0, int rows, int j0, int cols) {
  for (int i = i0; i < i0 + rows; i++) {
    const float *c = p.c + static_cast<size_t>(i) * p.cLine + j0;
    float *out = p.activated + static_cast<size_t>(i) * p.cLine + j0;
    forRow(cols, [&](int j, int n) { storeUpTo(out + j, gelu(loadUpTo(c + j, n)), n); });
  }
}

// The rows, columns and part of k of a task.
struct Block {
  int i0, rows, j0, cols, k0, depth;
};

// Computes a block of c from packed columns of B; the rows of A are packed too, or read in place if packedA
// is null.
inline void multiplyBlock(const Gemm &p, const Operand &a, const Block &block, const float *packedA,
                          const float *packedB) {
  const auto [i0, rows, j0, cols, k0, depth] = block;
  const bool isLast = k0 + depth == p.k;
  for (int i = i0; i < i0 + rows; i += TILE_ROWS) {
    const int count = i0 + rows - i < TILE_ROWS ? i0 + rows - i : TILE_ROWS;
    for (int j = 0; j < cols; j += TILE_COLS) {
      const Target to{p.c + i * p.cLine + j0 + j, p.cLine, cols - j < TILE_COLS ? cols - j : TILE_COLS,
                      k0 > 0 || p.isAdded, isLast && p.bias ? p.bias + j0 + j : nullptr};
      const auto right = panel(packedB + size_t(j) * depth);
      if (packedA) {
        tiles<Layout::packed>(count, depth, packedA + size_t(i - i0) * depth, 0, right, to);
      } else {
        tiles<Layout::rows>(count, depth, a.at(i, k0), a.line, right, to);
      }
    }
    if (isLast && p.activated) activate(p, i, count, j0, cols);
  }
}

// Where a part begins, and the one before it ends. Parts differ by one tile at most, and so do the shares of
// threads.
INLINE int startOf(int size, int tile, int parts, int part) {
  const int start = static_cast<int>(1LL * ceilDivide(size, tile) * part / parts) * tile;
  return start < size ? start : size;
}

// The size of the largest part.
INLINE int mostOf(int size, int tile, int parts) { return ceilDivide(ceilDivide(size, tile), parts) * tile; }

// As many parts as wanted, of `least` tiles or more.
INLINE int partsOf(int size, int tile, int least, int wanted) {
  const int most = ceilDivide(size, tile * least);
  return most < wanted ? most : wanted;
}

// Cuts by rows, so that a thread writes and reads the same rows in every job: a cache line that another
// core holds costs as much as one in memory. Cuts by columns where rows are few, in no more tasks than
// threads where each task packs A for itself. No sum depends on the cut.
inline Cut cutOf(const Gemm &p, bool isInPlace) {
  const int threads = threadCount(), most = threads > 1 ? 4 * threads : 1;
  const int parts = p.m / ROWS_ENOUGH / threads * threads;
  if (parts > 0) return {parts < most ? parts : most, 1};
  const int cols = partsOf(p.n, TILE_COLS, 3, isInPlace ? 4 * threads : threads);
  return {partsOf(p.m, TILE_ROWS, 1, ceilDivide(isInPlace ? 2 * threads : threads, cols)), cols};
}

// Cuts into small tasks, so that threads end together, and into whole rows where there are enough.
inline Cut cutOfShared(const Gemm &p) {
  const int tasks = 4 * threadCount(), rows = partsOf(p.m, TILE_ROWS, 8, tasks);
  return {rows, partsOf(p.n, TILE_COLS, 1, ceilDivide(tasks, rows))};
}

// Multiplies with operands that all threads share, each of which packs a part. Returns false, and does
// nothing, where a thread would not pack more by itself or the packed operands are too large.
inline bool multiplyShared(const Gemm &p, const Operand &a, const Operand &b, int block, bool isInPlace) {
  constexpr int STRIP = 4 * TILE_COLS;
  const bool sparesWork = !isInPlace || 2 * p.m >= ROWS_ENOUGH * threadCount();
  if (threadCount() < 2 || p.k == 0 || !sparesWork) return false;
  const Cut cut = cutOfShared(p);
  const int blocks = ceilDivide(p.k, block), strips = ceilDivide(p.n, STRIP);
  const size_t floatsB = size_t(strips) * STRIP * block;  // of a block of k
  // And of a part of the rows.
  const size_t floatsA = isInPlace ? 0 : panelFloats(mostOf(p.m, TILE_ROWS, cut.rows), block);
  const size_t floats = blocks * (floatsB + cut.rows * floatsA);
  if (floats > SHARED_FLOATS) return false;
  float *packedB = scratch(Scratch::packed, floats), *packedA = packedB + blocks * floatsB;
  if (!packedB) return false;
  const auto partOfA = [&](int part, int k) {
    return packedA + (size_t(part) * blocks + k / block) * floatsA;
  };
  const auto columnsOfB = [&](int j, int k, int depth) {
    return packedB + k / block * floatsB + size_t(j) * depth;
  };
  parallel(blocks * (strips + (isInPlace ? 0 : cut.rows)), [&](int task, int) {
    const int part = task / blocks, k = task % blocks * block;
    const int depth = p.k - k < block ? p.k - k : block;
    if (part < strips) {
      const int j = part * STRIP, cols = p.n - j < STRIP ? p.n - j : STRIP;
      pack<TILE_COLS>(b, j, cols, k, depth, columnsOfB(j, k, depth), size_t(TILE_COLS) * depth);
    } else {
      const int i = startOf(p.m, TILE_ROWS, cut.rows, part - strips);
      const int rows = startOf(p.m, TILE_ROWS, cut.rows, part - strips + 1) - i;
      pack<TILE_ROWS>(a, i, rows, k, depth, partOfA(part - strips, k), size_t(TILE_ROWS) * depth);
    }
  });
  parallel(cut.rows * cut.cols, [&](int task, int) {
    const int part = task / cut.cols, column = task % cut.cols;
    const int i = startOf(p.m, TILE_ROWS, cut.rows, part);
    const int rows = startOf(p.m, TILE_ROWS, cut.rows, part + 1) - i;
    const int left = startOf(p.n, TILE_COLS, cut.cols, column);
    const int right = startOf(p.n, TILE_COLS, cut.cols, column + 1);
    for (int k = 0; k < p.k; k += block) {
      const int depth = p.k - k < block ? p.k - k : block;
      for (int j = left; j < right; j += COLS_AT_ONCE) {
        const int cols = right - j < COLS_AT_ONCE ? right - j : COLS_AT_ONCE;
        multiplyBlock(p, a, {i, rows, j, cols, k, depth}, isInPlace ? nullptr : partOfA(part, k),
                      columnsOfB(j, k, depth));
      }
    }
  });
  return true;
}

inline bool gemm(const Gemm &p) {
  if (p.m == 0 || p.n == 0) return true;
  if (skinny(p)) return true;
  const Operand a{p.a, p.aLine, !p.transposeA}, b{p.b, p.bLine, p.transposeB};
  // All blocks have one size, a multiple of the vector.
  const int blocks = p.k > 0 ? ceilDivide(p.k, DEPTH) : 1;
  const int block = ceilDivide(ceilDivide(p.k, blocks), LANES) * LANES;
  const bool isInPlace = isReadInPlace(a);
  if (multiplyShared(p, a, b, block, isInPlace)) return true;
  const Cut cut = cutOf(p, isInPlace);
  // Each thread packs B for its rows, and A once for all columns of the task.
  const int most = mostOf(p.m, TILE_ROWS, cut.rows);
  const int rowsAtOnce = isInPlace ? most : mostOf(most, TILE_ROWS, ceilDivide(most, ROWS_AT_ONCE));
  const size_t floatsA = isInPlace ? 0 : panelFloats(rowsAtOnce, block);
  float *memory = scratch(Scratch::packed, (floatsA + PACKED_B) * threadCount());
  if (!memory) return false;
  parallel(cut.rows * cut.cols, [&](int task, int worker) {
    float *packedB = memory + worker * (floatsA + PACKED_B);
    float *packedA = isInPlace ? nullptr : packedB + PACKED_B;
    const int part = task / cut.cols, column = task % cut.cols;
    const int top = startOf(p.m, TILE_ROWS, cut.rows, part);
    const int bottom = startOf(p.m, TILE_ROWS, cut.rows, part + 1);
    const int left = startOf(p.n, TILE_COLS, cut.cols, column);
    const int right = startOf(p.n, TILE_COLS, cut.cols, column + 1);
    for (int i0 = top; i0 < bottom; i0 += rowsAtOnce) {
      const int rows = bottom - i0 < rowsAtOnce ? bottom - i0 : rowsAtOnce;
      for (int k = 0; k == 0 || k < p.k; k += block) {
        const int depth = p.k - k < block ? p.k - k : block;
        if (packedA) pack<TILE_ROWS>(a, i0, rows, k, depth, packedA, size_t(TILE_ROWS) * depth);
        for (int j0 = left; j0 < right; j0 += COLS_AT_ONCE) {
          const int cols = right - j0 < COLS_AT_ONCE ? right - j0 : COLS_AT_ONCE;
          pack<TILE_COLS>(b, j0, cols, k, depth, packedB, size_t(TILE_COLS) * depth);
          multiplyBlock(p, a, {i0, rows, j0, cols, k, depth}, packedA, packedB);
        }
      }
    }
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
