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
constexpr size_t UNPACKED_FLOATS =
    1 << 19;  // maximum size of a matrix B that is not packed: it fits the L2 cache

// A product is cut into so many parts, each of whole tiles.
struct Cut {
  int rows, cols;
};

// Whether the tile reads the rows of A in place.
inline bool isReadInPlace(const Operand &a) { return a.isAcross && !isCrowded(a.line); }

// Whether the tile reads whole columns of B in place: vectors that are cache lines. Narrower ones use half of
// a line at a time, and packing pays. Lines of some lengths fall into few sets of the L1 cache.
inline bool isReadInPlace(const Gemm &p, const Operand &b) {
  const bool isAligned = reinterpret_cast<uintptr_t>(b.data) % 64 == 0 && b.line % LANES == 0;
  return LANES == 16 && !b.isAcross && isAligned && p.n % TILE_COLS == 0 && b.line % 1024 != 0 &&
         b.line * p.k <= UNPACKED_FLOATS;
}

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

// Computes a block of c; the rows of A or columns of B are packed, or read in place where they are null.
template <class Entry>
ONCE void multiplyBlock(const Gemm &p, const Operand &a, const Operand &b, const Block &block,
                        const float *packedA, const float *packedB) {
  const auto [i0, rows, j0, cols, k0, depth] = block;
  const int words = wordsOf<Entry>(depth);
  const bool isLast = k0 + depth == p.k;
  for (int i = i0; i < i0 + rows; i += TILE_ROWS) {
    const int count = i0 + rows - i < TILE_ROWS ? i0 + rows - i : TILE_ROWS;
    for (int j = 0; j < cols; j += TILE_COLS) {
      const Target to{p.c + i * p.cLine + j0 + j, p.cLine, cols - j < TILE_COLS ? cols - j : TILE_COLS,
                      k0 > 0 || p.isAdded, isLast && p.bias ? p.bias + j0 + j : nullptr};
      if constexpr (PER_WORD<Entry> == 2) {
        const auto right = panel<Entry>(packedB + size_t(j) * words);
        tiles<Layout::packed>(count, words, packedA + size_t(i - i0) * words, 0, right, to);
        continue;
      }
      const auto right = packedB ? panel(packedB + size_t(j) * depth) : columns(b.at(j0 + j, k0), b.line);
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

// The cut of a product whose operands all threads share: a grid with a block for each thread, in which the
// largest is as small as can be, and by rows where columns are not better by a twentieth; then each block by
// rows into small tasks, so that threads end together.
struct Grid {
  int rows, cols, tasks;  // tasks of a block
};

inline Grid gridOf(const Gemm &p) {
  const int threads = threadCount();
  Grid best{};
  for (long long cols = 1, least = 0; cols <= threads; cols++) {
    if (threads % cols != 0) continue;
    const int rows = threads / cols, most = mostOf(p.m, TILE_ROWS, rows);
    const long long size = 1LL * (most < p.m ? most : p.m) * mostOf(p.n, TILE_COLS, cols);
    if (cols > 1 && size * 20 > least * 19) continue;
    least = size;
    best = {rows, static_cast<int>(cols), partsOf(most, TILE_ROWS, 8, 4)};
  }
  return best;
}

// Multiplies with operands that all threads share: each packs a part of those that are not read in place.
// Returns false, and does nothing, where a thread would not pack more by itself or the packed operands are
// too large.
template <class Entry>
inline bool multiplyShared(const Gemm &p, const Operand &a, const Operand &b, int block, bool isInPlace) {
  constexpr int STRIP = 4 * TILE_COLS;
  const bool isRightInPlace = PER_WORD<Entry> == 1 && isReadInPlace(p, b);
  const int blockWords = wordsOf<Entry>(block);
  const bool sparesWork =
      isRightInPlace || (threadCount() > 1 && (!isInPlace || 2 * p.m >= ROWS_ENOUGH * threadCount()));
  if (p.k == 0 || !sparesWork) return false;
  const Grid grid = gridOf(p);
  const int blocks = ceilDivide(p.k, block), rowParts = grid.rows * grid.tasks;
  const int packedParts = isInPlace ? 0 : rowParts, strips = isRightInPlace ? 0 : ceilDivide(p.n, STRIP);
  // Of a block of k: all columns, and a part of the rows.
  const size_t floatsB = size_t(strips) * STRIP * blockWords;
  const size_t floatsA = panelFloats(mostOf(p.m, TILE_ROWS, rowParts), blockWords);
  const size_t floats = blocks * (floatsB + packedParts * floatsA);
  if (floats > SHARED_FLOATS) return false;
  float *packedB = scratch(Scratch::packed, floats), *packedA = packedB + blocks * floatsB;
  if (!packedB) return false;
  const auto startOfPart = [&](int part) { return startOf(p.m, TILE_ROWS, rowParts, part); };
  const auto partOfA = [&](int part, int k) {
    return packedA + (size_t(part) * blocks + k / block) * floatsA;
  };
  const auto columnsOfB = [&](int j, int k, int depth) {
    return packedB + k / block * floatsB + size_t(j) * wordsOf<Entry>(depth);
  };
  parallel(blocks * (strips + packedParts), [&](int task, int) {
    const int part = task / blocks, k = task % blocks * block;
    const int depth = p.k - k < block ? p.k - k : block;
    if (part < strips) {
      const int j = part * STRIP, cols = p.n - j < STRIP ? p.n - j : STRIP;
      const size_t step = size_t(TILE_COLS) * wordsOf<Entry>(depth);
      pack<TILE_COLS, Entry>(b, j, cols, k, depth, columnsOfB(j, k, depth), step);
    } else {
      const int i = startOfPart(part - strips), rows = startOfPart(part - strips + 1) - i;
      const size_t step = size_t(TILE_ROWS) * wordsOf<Entry>(depth);
      pack<TILE_ROWS, Entry>(a, i, rows, k, depth, partOfA(part - strips, k), step);
    }
  });
  parallel(rowParts * grid.cols, [&](int task, int) {
    const int thread = task / grid.tasks, column = thread % grid.cols;
    const int part = thread / grid.cols * grid.tasks + task % grid.tasks;
    const int i = startOfPart(part), rows = startOfPart(part + 1) - i;
    const int left = startOf(p.n, TILE_COLS, grid.cols, column);
    const int right = startOf(p.n, TILE_COLS, grid.cols, column + 1);
    for (int k = 0; k < p.k; k += block) {
      const int depth = p.k - k < block ? p.k - k : block;
      for (int j = left; j < right; j += COLS_AT_ONCE) {
        const int cols = right - j < COLS_AT_ONCE ? right - j : COLS_AT_ONCE;
        multiplyBlock<Entry>(p, a, b, {i, rows, j, cols, k, depth}, isInPlace ? nullptr : partOfA(part, k),
                             isRightInPlace ? nullptr : columnsOfB(j, k, depth));
      }
    }
  });
  return true;
}

// Rows [top, bottom) and columns [left, right) of c.
struct Region {
  int top, bottom, left, right;
};

// Multiplies a region on one thread, which packs B for its rows, and as many rows of A as the memory holds
// once for all columns; rows of A are read in place where that is null.
template <class Entry>
ONCE void multiplyRegion(const Gemm &p, const Operand &a, const Operand &b, const Region &region, int block,
                         int rowsAtOnce, float *packedA, float *packedB) {
  const auto [top, bottom, left, right] = region;
  for (int i0 = top; i0 < bottom; i0 += rowsAtOnce) {
    const int rows = bottom - i0 < rowsAtOnce ? bottom - i0 : rowsAtOnce;
    for (int k = 0; k == 0 || k < p.k; k += block) {
      const int depth = p.k - k < block ? p.k - k : block, words = wordsOf<Entry>(depth);
      if (packedA) pack<TILE_ROWS, Entry>(a, i0, rows, k, depth, packedA, size_t(TILE_ROWS) * words);
      for (int j0 = left; j0 < right; j0 += COLS_AT_ONCE) {
        const int cols = right - j0 < COLS_AT_ONCE ? right - j0 : COLS_AT_ONCE;
        pack<TILE_COLS, Entry>(b, j0, cols, k, depth, packedB, size_t(TILE_COLS) * words);
        multiplyBlock<Entry>(p, a, b, {i0, rows, j0, cols, k, depth}, packedA, packedB);
      }
    }
  }
}

// Multiplies operands whose rows lie along k, as the gradient of weights does, block of k by block: the
// thread that has written the rows of a block in an earlier job packs and multiplies them, as its core's
// cache holds them. Then the sums of the blocks are added up in their order, so that they are those of any
// other way. Returns false, and does nothing, where blocks are no equal shares of the threads, or where these
// would send one another more sums than rows.
template <class Entry>
ONCE bool multiplyByBlocks(const Gemm &p, const Operand &a, const Operand &b, int block) {
  const int threads = threadCount(), blocks = ceilDivide(p.k, block);
  const bool isAlong = !a.isAcross && !b.isAcross, isPlain = !p.bias && !p.activated;
  if (!isAlong || !isPlain || p.m > ROWS_AT_ONCE || threads < 2 || blocks == 0 || blocks % threads != 0) {
    return false;
  }
  const size_t size = size_t(p.m) * p.n, rest = (blocks - 1) * size;
  if (2 * rest > (size_t(p.m) + p.n) * p.k) return false;
  const size_t panels = panelFloats(ceilDivide(p.m, TILE_ROWS) * TILE_ROWS, wordsOf<Entry>(block));
  const size_t floats = panels + PACKED_B;
  float *packed = scratch(Scratch::packed, floats * threads + rest);
  if (!packed) return false;
  float *sums = packed + floats * threads;  // of all blocks but the first
  parallel(blocks, [&](int task, int worker) {
    const int k = task * block;
    Gemm part = p;
    part.k = p.k - k < block ? p.k - k : block;
    if (task > 0) {
      part.c = sums + (task - 1) * size;
      part.cLine = p.n;
      part.isAdded = false;
    }
    float *packedB = packed + worker * floats;
    multiplyRegion<Entry>(part, {a.at(0, k), a.line, false}, {b.at(0, k), b.line, false}, {0, p.m, 0, p.n},
                          block, p.m, packedB + PACKED_B, packedB);
  });
  forRows(p.m, p.n, [&](int i) {
    float *c = p.c + i * p.cLine;
    forRow(p.n, [&](int j, int n) {
      Vec total = loadUpTo(c + j, n);
      for (int other = 0; other < blocks - 1; other++) {
        total += loadUpTo(sums + other * size + size_t(i) * p.n + j, n);
      }
      storeUpTo(c + j, total, n);
    });
  });
  return true;
}

template <class Entry>
ONCE bool multiply(const Gemm &p) {
  constexpr int MOST = DEPTH * PER_WORD<Entry>, GRAIN = LANES * PER_WORD<Entry>;
  const Operand a{p.a, p.aLine, !p.transposeA}, b{p.b, p.bLine, p.transposeB};
  // All blocks have one size, a multiple of the vector.
  const int blocks = p.k > 0 ? ceilDivide(p.k, MOST) : 1;
  const int block = ceilDivide(ceilDivide(p.k, blocks), GRAIN) * GRAIN;
  const bool isInPlace = PER_WORD<Entry> == 1 && isReadInPlace(a);
  if (multiplyByBlocks<Entry>(p, a, b, block) || multiplyShared<Entry>(p, a, b, block, isInPlace))
    return true;
  const Cut cut = cutOf(p, isInPlace);
  const int most = mostOf(p.m, TILE_ROWS, cut.rows);
  const int rowsAtOnce = isInPlace ? most : mostOf(most, TILE_ROWS, ceilDivide(most, ROWS_AT_ONCE));
  const size_t floatsA = isInPlace ? 0 : panelFloats(rowsAtOnce, wordsOf<Entry>(block));
  float *memory = scratch(Scratch::packed, (floatsA + PACKED_B) * threadCount());
  if (!memory) return false;
  parallel(cut.rows * cut.cols, [&](int task, int worker) {
    float *packedB = memory + worker * (floatsA + PACKED_B);
    const int part = task / cut.cols, column = task % cut.cols;
    const Region region{startOf(p.m, TILE_ROWS, cut.rows, part), startOf(p.m, TILE_ROWS, cut.rows, part + 1),
                        startOf(p.n, TILE_COLS, cut.cols, column),
                        startOf(p.n, TILE_COLS, cut.cols, column + 1)};
    float *packedA = isInPlace ? nullptr : packedB + PACKED_B;
    multiplyRegion<Entry>(p, a, b, region, block, rowsAtOnce, packedA, packedB);
  });
  return true;
}

// Copies `rows` lines of memory, rounded to bf16.
inline void roundLines(const float *from, size_t line, int rows, int width, float *out) {
  forRows(rows, width, [&](int i) {
    forRow(width, [&](int j, int n) {
      storeUpTo(out + size_t(i) * width + j, roundedToBfloat16(loadUpTo(from + i * line + j, n)), n);
    });
  });
}

// Multiplies copies of the operands that are rounded to bf16, as floats.
ONCE bool multiplyRounded(const Gemm &p) {
  const size_t sizeA = size_t(p.m) * p.k;
  float *a = scratch(Scratch::rounded, sizeA + size_t(p.n) * p.k + 1), *b = a + sizeA;
  if (!a) return false;
  Gemm rounded = p;
  rounded.bf16 = false;
  rounded.a = a;
  rounded.b = b;
  rounded.aLine = p.transposeA ? p.m : p.k;
  rounded.bLine = p.transposeB ? p.k : p.n;
  roundLines(p.a, p.aLine, p.transposeA ? p.k : p.m, rounded.aLine, a);
  roundLines(p.b, p.bLine, p.transposeB ? p.n : p.k, rounded.bLine, b);
  return skinny(rounded) || multiply<float>(rounded);
}

ONCE bool gemm(const Gemm &p) {
  if (p.m == 0 || p.n == 0) return true;
  if (p.bf16 && p.k > 0) {
#if defined(__AVX512BW__)
    if (hasPairs()) return multiply<Pair>(p);
#endif
    return multiplyRounded(p);
  }
  return skinny(p) || multiply<float>(p);
}

}  // namespace ramble::RAMBLE_ISA
