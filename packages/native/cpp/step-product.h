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
  float *parts;  // [blocks][rows][out]; of products in parts
  int threads;   // of the caller: those that help have a number of their own
};

constexpr int STEP_DEPTH = 192;
constexpr int FEW_ROWS = 8;      // up to here weights are read once and as they lie in memory
constexpr int WEIGHT_ROWS = 8;   // at a time
constexpr int STRIP = 512;       // columns whose weights and sums fit the L1 cache
constexpr int PANEL_COLS = 128;  // columns that are packed: they fit the L2 cache
// Floats of a worker.
constexpr size_t PRODUCT_FLOATS = size_t(PANEL_COLS) * (STEP_DEPTH + 1) + LANES;

inline int blocksOf(int in) { return ceilDivide(in, STEP_DEPTH); }
inline bool isFew(const StepProduct &p) { return p.rows <= FEW_ROWS; }
// Whether blocks are tasks of their own, whose sums `finishRow` adds up.
inline bool isInParts(const StepProduct &p) { return isFew(p) && blocksOf(p.in) > 1; }

// Columns of a task: some tasks for each thread, of whole groups.
inline int taskColumns(const StepProduct &p) {
  const int parts = isFew(p) ? ceilDivide(2 * p.threads, blocksOf(p.in)) : 4 * p.threads;
  const int cols = ceilDivide(ceilDivide(p.out, parts), GROUP) * GROUP;
  return isFew(p) || cols < PANEL_COLS ? cols : PANEL_COLS;
}

inline int taskCount(const StepProduct &p) {
  return ceilDivide(p.out, taskColumns(p)) * (isFew(p) ? blocksOf(p.in) : 1);
}

// c[j] += x[r] * rows[r, j0 + j] for each r in turn.
template <int COUNT, class Rows>
INLINE void addWeighted(const float *x, const Rows &rows, int j0, int cols, float *c) {
  float weight[COUNT];
  for (int r = 0; r < COUNT; r++) weight[r] = x[r];
  forRow(cols, [&](int j, int n) {
#pragma GCC unroll 8
    for (int r = 0; r < COUNT; r++) rows.fetch(COUNT + r, j0 + j);
    Vec y = loadUpTo(c + j, n);
#pragma GCC unroll 8
    for (int r = 0; r < COUNT; r++) y += weight[r] * rows.upTo(r, j0 + j, n);
    storeUpTo(c + j, y, n);
  });
}

template <int COUNT>
__attribute__((noinline)) inline void addToOne(const StepProduct &p, int k, int j0, int cols,
                                               float *c) {
  withRows(p.weights, k,
           [&](const auto &rows) { addWeighted<COUNT>(p.x + k, rows, j0, cols, c); });
}

// Strip by strip, each widened once for all rows of x.
template <int COUNT>
__attribute__((noinline)) inline void addToFew(const StepProduct &p, int k, int j0, int cols, float *c,
                                               float *memory) {
  for (int j = 0; j < cols; j += STRIP) {
    const int n = cols - j < STRIP ? cols - j : STRIP;
    Weights strip{Width::f32, p.weights.columns, p.weights.values, nullptr};
    if (p.weights.width != Width::f32) {
      for (int r = 0; r < COUNT; r++) widen(p.weights, k + r, j0 + j, n, memory + r * STRIP);
      strip = {Width::f32, STRIP, memory, nullptr};
    }
    const bool isWidened = strip.values == memory;
    const WeightRows<Width::f32> rows(strip, isWidened ? 0 : k);
    for (int i = 0; i < p.rows; i++) {
      addWeighted<COUNT>(p.x + size_t(i) * p.in + k, rows, isWidened ? 0 : j0 + j, n,
                         c + size_t(i) * p.out + j);
    }
  }
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
INLINE void finishRow(const StepProduct &p, size_t row) {
  const size_t step = size_t(p.rows) * p.out;
  const int blocks = blocksOf(p.in);
  forRow(p.out, [&](int j, int n) {
    const float *part = p.parts + row * p.out + j;
    Vec total{};
    for (int block = 0; block < blocks; block++) total += loadUpTo(part + block * step, n);
    storeUpTo(p.y + row * p.out + j, total, n);
  });
  finishColumns(p, row, 0, p.out);
}

inline void multiplyFew(const StepProduct &p, int task, float *memory) {
  const int width = taskColumns(p), columns = ceilDivide(p.out, width);
  const int block = task / columns, j0 = task % columns * width;
  const int cols = p.out - j0 < width ? p.out - j0 : width;
  const int end = (block + 1) * STEP_DEPTH < p.in ? (block + 1) * STEP_DEPTH : p.in;
  float *c = (isInParts(p) ? p.parts + size_t(block) * p.rows * p.out : p.y) + j0;
  for (int i = 0; i < p.rows; i++) __builtin_memset(c + size_t(i) * p.out, 0, cols * sizeof(float));
  int k = block * STEP_DEPTH;
  for (; k + WEIGHT_ROWS <= end; k += WEIGHT_ROWS) {
    if (p.rows == 1) {
      addToOne<WEIGHT_ROWS>(p, k, j0, cols, c);
    } else {
      addToFew<WEIGHT_ROWS>(p, k, j0, cols, c, memory);
    }
  }
  for (; k < end; k++) {
    if (p.rows == 1) {
      addToOne<1>(p, k, j0, cols, c);
    } else {
      addToFew<1>(p, k, j0, cols, c, memory);
    }
  }
  if (isInParts(p)) return;
  for (int i = 0; i < p.rows; i++) finishColumns(p, i, j0, cols);
}

// A block of weights goes to panels of the register tile, then all rows by it.
inline void multiplyMany(const StepProduct &p, int task, float *memory) {
  const int width = taskColumns(p), j0 = task * width;
  const int cols = p.out - j0 < width ? p.out - j0 : width;
  float *row = memory, *panels = memory + PANEL_COLS;
  __builtin_memset(row, 0, PANEL_COLS * sizeof(float));
  for (int k0 = 0; k0 < p.in; k0 += STEP_DEPTH) {
    const int depth = p.in - k0 < STEP_DEPTH ? p.in - k0 : STEP_DEPTH;
    for (int k = 0; k < depth; k++) {
      widen(p.weights, k0 + k, j0, cols, row);
      for (int j = 0; j < cols; j += TILE_COLS) {
        __builtin_memcpy(panels + size_t(j) * depth + k * TILE_COLS, row + j,
                         TILE_COLS * sizeof(float));
      }
    }
    for (int i = 0; i < p.rows; i += TILE_ROWS) {
      for (int j = 0; j < cols; j += TILE_COLS) {
        const Target to{p.y + size_t(i) * p.out + j0 + j, size_t(p.out),
                        cols - j < TILE_COLS ? cols - j : TILE_COLS, k0 > 0, nullptr};
        tileOf<Layout::rows>(p.rows - i < TILE_ROWS ? p.rows - i : TILE_ROWS, depth,
                             p.x + size_t(i) * p.in + k0, p.in, panels + size_t(j) * depth, to);
      }
    }
  }
  for (int i = 0; i < p.rows; i++) finishColumns(p, i, j0, cols);
}

inline void multiply(const StepProduct &p, int task, float *memory) {
  if (isFew(p)) {
    multiplyFew(p, task, memory);
  } else {
    multiplyMany(p, task, memory);
  }
}

}  // namespace ramble::RAMBLE_ISA
