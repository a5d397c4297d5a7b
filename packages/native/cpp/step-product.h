// Products of a decoding step. A row's bits do not depend on how many rows there are: a sequence gets
// in a batch what it gets alone, and of a prompt at once what it gets token by token.
#pragma once

#include "tile.h"
#include "weights.h"

namespace ramble::RAMBLE_ISA {

// y[rows, out] = activation(x[rows, in] weights + bias), weights [in, out]. A sum runs along `in` within
// blocks of STEP_DEPTH, each from zero, and then over the blocks.
struct StepProduct {
  int rows, in, out;
  const float *x;
  float *y;
  const Weights &weights;
  const float *bias;
  bool hasGelu;
  float *parts;  // [blocks][out]; of products in parts
  int threads;   // of the caller: those that help have a number of their own
};

constexpr int STEP_DEPTH = 128;
constexpr int WEIGHT_ROWS = 8;   // at a time, by one row of x
constexpr int BLOCK_COLS = 128;  // of weights, by STEP_DEPTH: this block and the next fit the L2 cache
// Floats of a worker.
constexpr size_t PRODUCT_FLOATS = size_t(TILE_COLS + TILE_ROWS + BLOCK_COLS / GROUP) * STEP_DEPTH;

inline int blocksOf(int in) { return ceilDivide(in, STEP_DEPTH); }
// Whether blocks are tasks of their own, whose sums `finishParts` adds up: one row reads weights as they lie.
inline bool isInParts(const StepProduct &p) { return p.rows == 1 && blocksOf(p.in) > 1; }

// Columns of a task: some tasks for each thread, of whole groups.
inline int taskColumns(const StepProduct &p) {
  const int parts = p.rows == 1 ? ceilDivide(2 * p.threads, blocksOf(p.in)) : 4 * p.threads;
  const int cols = ceilDivide(ceilDivide(p.out, parts), GROUP) * GROUP;
  return p.rows == 1 || cols < BLOCK_COLS ? cols : BLOCK_COLS;
}

inline int taskCount(const StepProduct &p) {
  return ceilDivide(p.out, taskColumns(p)) * (p.rows == 1 ? blocksOf(p.in) : 1);
}

// c[j] += x[r] * rows[r, j0 + j] for each r in turn, group by group.
template <int COUNT>
ONCE void addToOne(const StepProduct &p, int k, int j0, int cols, float *c) {
  withRows(p.weights, k, [&](const auto &rows) {
    for (int j = 0; j < cols; j += GROUP) {
      float weight[COUNT];
      for (int r = 0; r < COUNT; r++) weight[r] = p.x[k + r] * rows.scale(r, j0 + j);
      forRow(cols - j < GROUP ? cols - j : GROUP, [&](int i, int n) {
#pragma GCC unroll 8
        for (int r = 0; r < COUNT; r++) rows.fetch(COUNT + r, j0 + j + i);
        Vec y = loadUpTo(c + j + i, n);
#pragma GCC unroll 8
        for (int r = 0; r < COUNT; r++) y += weight[r] * rows.upTo(r, j0 + j + i, n);
        storeUpTo(c + j + i, y, n);
      });
    }
  });
}

// y = activation(sum + bias) of columns [j0, j0 + cols).
INLINE void finishColumns(const StepProduct &p, size_t row, int j0, int cols) {
  float *y = p.y + row * p.out + j0;
  const float *bias = p.bias + j0;
  forRow(cols, [&](int j, int n) {
    const Vec sum = loadUpTo(y + j, n) + loadUpTo(bias + j, n);
    storeUpTo(y + j, p.hasGelu ? gelu(sum) : sum, n);
  });
}

// Of a product in parts.
INLINE void finishParts(const StepProduct &p) {
  const int blocks = blocksOf(p.in);
  forRow(p.out, [&](int j, int n) {
    Vec total{};
    for (int block = 0; block < blocks; block++) {
      total += loadUpTo(p.parts + size_t(block) * p.out + j, n);
    }
    storeUpTo(p.y + j, total, n);
  });
  finishColumns(p, 0, 0, p.out);
}

inline void multiplyOne(const StepProduct &p, int task) {
  const int width = taskColumns(p), columns = ceilDivide(p.out, width);
  const int block = task / columns, j0 = task % columns * width;
  const int cols = p.out - j0 < width ? p.out - j0 : width;
  const int end = (block + 1) * STEP_DEPTH < p.in ? (block + 1) * STEP_DEPTH : p.in;
  float *c = (isInParts(p) ? p.parts + size_t(block) * p.out : p.y) + j0;
  __builtin_memset(c, 0, cols * sizeof(float));
  int k = block * STEP_DEPTH;
  for (; k + WEIGHT_ROWS <= end; k += WEIGHT_ROWS) addToOne<WEIGHT_ROWS>(p, k, j0, cols, c);
  for (; k < end; k++) addToOne<1>(p, k, j0, cols, c);
  if (!isInParts(p)) finishColumns(p, 0, j0, cols);
}

// Widens rows [k0, k0 + depth) of weights at fewer columns than a tile has into a panel: a vector must not pass the
// end of the last row.
ONCE void packPanel(const StepProduct &p, int k0, int depth, int j0, int cols, float *panel) {
  __builtin_memset(panel, 0, size_t(TILE_COLS) * depth * sizeof(float));
  for (int k = 0; k < depth; k++, panel += TILE_COLS) widen(p.weights, k0 + k, j0, cols, panel);
}

// scales[g * STEP_DEPTH + k] is that of group g, of some columns, in row k0 + k.
inline void readScales(const StepProduct &p, int k0, int depth, int j0, int cols, float *scales) {
  for (int j = 0; j < cols; j += GROUP, scales += STEP_DEPTH) {
    for (int k = 0; k < depth; k++) scales[k] = scaleOf(p.weights, k0 + k, j0 + j);
  }
}

// left[r * STEP_DEPTH + k] = x[r, k0 + k], times scales[k] unless null.
ONCE void packLeft(const StepProduct &p, int row, int rows, int k0, int depth, const float *scales,
                   float *left) {
  const float *x = p.x + size_t(row) * p.in + k0;
  for (int r = 0; r < rows; r++, x += p.in, left += STEP_DEPTH) {
    forRow(depth, [&](int k, int n) {
      const Vec entries = loadUpTo(x + k, n);
      storeUpTo(left + k, scales ? entries * loadUpTo(scales + k, n) : entries, n);
    });
  }
}

// A block of weights by all rows; the first of them ask memory for the block that comes next. Tiles read weights
// where they lie, from the L2 cache, which keeps up with them.
inline void multiplyMany(const StepProduct &p, int task, float *memory) {
  const Weights &w = p.weights;
  const bool isScaled = w.width == Width::int8, isPacked = isScaled || isCrowded(p.in);
  const size_t xLine = isPacked ? STEP_DEPTH : p.in;
  const int width = taskColumns(p), j0 = task * width;
  const int cols = p.out - j0 < width ? p.out - j0 : width;
  const int whole = cols / TILE_COLS * TILE_COLS;
  const int rowsOfTile = ceilDivide(p.rows, ceilDivide(p.rows, TILE_ROWS));
  float *last = memory, *left = last + TILE_COLS * STEP_DEPTH, *scales = left + TILE_ROWS * STEP_DEPTH;
  const size_t line = w.columns * entryBytes(w);
  for (int k0 = 0; k0 < p.in; k0 += STEP_DEPTH) {
    const int depth = p.in - k0 < STEP_DEPTH ? p.in - k0 : STEP_DEPTH;
    if (whole < cols) packPanel(p, k0, depth, j0 + whole, cols - whole, last);
    if (isScaled) readScales(p, k0, depth, j0, cols, scales);
    const char *next =
        k0 + depth < p.in ? addressOf(w, k0 + depth, j0) : addressOf(w, 0, j0 + width);
    for (int i = 0; i < p.rows; i += rowsOfTile) {
      const int rows = p.rows - i < rowsOfTile ? p.rows - i : rowsOfTile;
      const float *x = isPacked ? left : p.x + size_t(i) * p.in + k0;
      for (int j = 0; j < cols; j += TILE_COLS) {
        if (isPacked && j % (isScaled ? GROUP : BLOCK_COLS) == 0) {
          packLeft(p, i, rows, k0, depth, isScaled ? scales + j / GROUP * STEP_DEPTH : nullptr, left);
        }
        const Target to{p.y + size_t(i) * p.out + j0 + j, size_t(p.out),
                        j < whole ? TILE_COLS : cols - j, k0 > 0, nullptr};
        if (j == whole) {
          tiles<Layout::rows>(rows, depth, x, xLine, panel(last), to);
        } else {
          withRows(w, k0, [&](const auto &weights) {
            const auto *at = weights.entries + j0 + j;
            const Ahead ahead = i == 0 ? Ahead{next + j * entryBytes(w), line} : Ahead{at, 0};
            tiles<Layout::rows>(rows, depth, x, xLine, Right{at, weights.columns, ahead}, to);
          });
        }
      }
    }
  }
  for (int i = 0; i < p.rows; i++) finishColumns(p, i, j0, cols);
}

inline void multiply(const StepProduct &p, int task, float *memory) {
  if (p.rows == 1) {
    multiplyOne(p, task);
  } else {
    multiplyMany(p, task, memory);
  }
}

}  // namespace ramble::RAMBLE_ISA
