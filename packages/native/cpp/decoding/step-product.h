// Products of a decoding step. The bits of a row do not depend on the number of rows: a sequence gets the
// same output in a batch as alone, and a prompt the same at once as token by token.
#pragma once

#include "decoding/weights.h"
#include "products/tile.h"

namespace ramble::RAMBLE_ISA {

// y[rows, out] = activation(x[rows, in] weights + bias), weights [in, out]. A sum runs along `in` within
// blocks of STEP_DEPTH, each from zero, and then over the blocks.
struct StepProduct {
  int rows, in, out;
  const float *x;
  float *y;
  const Weights &weights;
  const float *bias;  // null for none
  Activation activation;
  float *parts;  // [rows][blocks], partLine(out) apart; of products in parts
  int threads;   // of the caller: those that help have a number of their own
};

constexpr int STEP_DEPTH = 128;
constexpr int WEIGHT_ROWS = 8;   // at a time
constexpr int BLOCK_COLS = 128;  // of weights, by STEP_DEPTH: this block and the next fit the L2 cache
// Floats of a worker.
constexpr size_t PRODUCT_FLOATS =
    size_t(BLOCK_COLS + TILE_COLS + TILE_ROWS + BLOCK_COLS / GROUP) * STEP_DEPTH;

// Maximum rows of x for which each weight is added to all sums as it is read, so that memory is read in
// longer runs than tiles read it: as many as the cache holds the sums of, and half as many where weights
// are dequantized for every four of them. With AVX-512, whose tiles read weights once, it is one: two rows
// are as fast by tiles, and four faster.
constexpr int FEW_ROWS = LANES == 8 ? 8 : 1;

// From this number of rows on, copying a block of weights into panels pays: in many models the lines of a
// tile's columns are a power of two apart, and evict one another from the caches.
constexpr int ROWS_IN_PLACE = 3 * TILE_ROWS;

INLINE bool isInPanels(const Weights &w) {
  return w.width == Width::f32Panels || w.width == Width::f16Panels || w.width == Width::int8Panels;
}
inline int blocksOf(int in) { return ceilDivide(in, STEP_DEPTH); }
inline bool isOfFew(const StepProduct &p) {
  return p.rows <= 1 || p.rows <= (p.weights.width == Width::f32 ? FEW_ROWS : FEW_ROWS / 2);
}
// Whether each block is a task of its own; `finishParts` then adds up their sums.
inline bool isInParts(const StepProduct &p) {
  return !isInPanels(p.weights) && isOfFew(p) && blocksOf(p.in) > 1;
}

// Floats between parts: sums of several rows must not fall into one set of the L1 cache.
inline size_t partLine(int out) { return size_t(out) + 16; }
// The floats of the parts of a product.
inline size_t partFloats(int rows, int in, int out) {
  return size_t(rows < FEW_ROWS ? rows : FEW_ROWS) * blocksOf(in) * partLine(out);
}

// The columns of a task: whole groups, a few tasks for each thread.
inline int taskColumns(const StepProduct &p) {
  const int parts = isOfFew(p) ? ceilDivide(2 * p.threads, blocksOf(p.in)) : 4 * p.threads;
  const int cols = ceilDivide(ceilDivide(p.out, parts), GROUP) * GROUP;
  return isOfFew(p) || cols < BLOCK_COLS ? cols : BLOCK_COLS;
}

inline int taskCount(const StepProduct &p) {
  return ceilDivide(p.out, taskColumns(p)) * (isOfFew(p) ? blocksOf(p.in) : 1);
}

// c[j] += x[r] * rows[r, j0 + j] for COUNT rows in turn, whole vectors of one group.
template <int COUNT, class Rows>
INLINE void addToOne(const Rows &rows, const float *x, int j0, int cols, float *c) {
  float weight[COUNT];
  for (int r = 0; r < COUNT; r++) weight[r] = x[r] * rows.scale(r, j0);
#pragma GCC unroll 1
  for (int i = 0; i < cols; i += LANES) {
    Vec y = load(c + i);
#pragma GCC unroll 8
    for (int r = 0; r < COUNT; r++) y += weight[r] * rows.upTo(r, j0 + i, LANES);
    store(c + i, y);
  }
}

constexpr int ROWS_TOGETHER = 4;  // by two vectors: as many sums as the registers hold

// addRows for ROWS_TOGETHER rows of x, whose sums are `line` floats apart, and a whole group of columns.
template <class Rows>
INLINE void addToFour(const StepProduct &p, const Rows &rows, int row, int k, int j0, float *c, size_t line) {
  const float *x = p.x + size_t(row) * p.in + k;
  float weights[ROWS_TOGETHER * WEIGHT_ROWS];
  for (int i = 0; i < ROWS_TOGETHER; i++, x += p.in) {
    for (int r = 0; r < WEIGHT_ROWS; r++) weights[i * WEIGHT_ROWS + r] = x[r] * rows.scale(r, j0);
  }
#pragma GCC unroll 1
  for (int j = 0; j < GROUP; j += 2 * LANES) {
    const float *weight = weights;
    asm volatile("" : "+r"(weight) : : "memory");  // GCC would keep each as a whole vector in memory
    Vec y[ROWS_TOGETHER][2];
#pragma GCC unroll 4
    for (int i = 0; i < ROWS_TOGETHER; i++) {
      y[i][0] = load(c + i * line + j);
      y[i][1] = load(c + i * line + j + LANES);
    }
#pragma GCC unroll 8
    for (int r = 0; r < WEIGHT_ROWS; r++) {
      const Vec b0 = rows.upTo(r, j0 + j, LANES), b1 = rows.upTo(r, j0 + j + LANES, LANES);
#pragma GCC unroll 4
      for (int i = 0; i < ROWS_TOGETHER; i++) {
        y[i][0] += weight[i * WEIGHT_ROWS + r] * b0;
        y[i][1] += weight[i * WEIGHT_ROWS + r] * b1;
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < ROWS_TOGETHER; i++) {
      store(c + i * line + j, y[i][0]);
      store(c + i * line + j + LANES, y[i][1]);
    }
  }
}

// WEIGHT_ROWS rows of weights from k on, columns [j0, j0 + cols) in whole vectors, to the sums of all rows of
// x, group by group.
ONCE void addStrip(const StepProduct &p, int k, int j0, int cols, float *c, size_t line) {
  withRows(p.weights, k, [&](const auto &rows) {
    for (int j = 0; j < cols; j += GROUP) {
      for (int r = 0; r < WEIGHT_ROWS; r++) rows.fetch(WEIGHT_ROWS + r, j0 + j);
      int i = 0;
      for (; i + ROWS_TOGETHER <= p.rows && j + GROUP <= cols; i += ROWS_TOGETHER) {
        addToFour(p, rows, i, k, j0 + j, c + i * line + j, line);
      }
      for (; i < p.rows; i++) {
        const int count = cols - j < GROUP ? cols - j : GROUP;
        addToOne<WEIGHT_ROWS>(rows, p.x + size_t(i) * p.in + k, j0 + j, count, c + i * line + j);
      }
    }
  });
}

// c[j] += x[row, k] * weights[k, j0 + j] for rows [first, end) of weights: the few rows and columns that
// make no whole run or vector.
ONCE void addRest(const StepProduct &p, int row, int first, int end, int j0, int cols, float *c) {
  const float *x = p.x + size_t(row) * p.in;
  float entries[GROUP];
  for (int k = first; k < end; k++) {
    for (int j = 0; j < cols; j += GROUP) {
      const int count = cols - j < GROUP ? cols - j : GROUP;
      const float weight = x[k] * scaleOf(p.weights, k, j0 + j);
      widen(p.weights, k, j0 + j, count, entries);
      forRow(count, [&](int i, int n) {
        float *to = c + j + i;
        storeUpTo(to, loadUpTo(to, n) + weight * loadUpTo(entries + i, n), n);
      });
    }
  }
}

// A vector of 32 bytes at most: processors that foresee runs lose sight of one that is read by whole cache
// lines.
typedef float Narrow __attribute__((vector_size(LANES > 8 ? 32 : LANES * 4), aligned(4), may_alias));

// c[j] += weight * row[j] of whole vectors.
ONCE void addRun(const float *row, float weight, int cols, float *c) {
  constexpr int STEP = sizeof(Narrow) / sizeof(float);
#pragma GCC unroll 2
  for (int j = 0; j < cols; j += STEP) {
    *reinterpret_cast<Narrow *>(c + j) += weight * *reinterpret_cast<const Narrow *>(row + j);
  }
}

constexpr int ROWS_OF_RUN = LANES == 4 ? 1 : 4;

// c[j] += x[row, k] * weights[k, j0 + j] for rows [first, end) of weights in order, whole vectors. A few rows
// at a time share the loads and stores of the sums, and still are nearly one long run of memory, which is
// read faster than many side by side.
ONCE void addRows(const StepProduct &p, int row, int first, int end, int j0, int cols, float *c) {
  const float *x = p.x + size_t(row) * p.in;
  int k = first;
  withRows(p.weights, first, [&](auto rows) {
    if constexpr (std::is_same_v<decltype(rows), WeightRows<Width::f32>>) {
      if (rows.isForeseen()) {
        for (; k < end; k++, rows.skip(1)) addRun(rows.entries + j0, x[k], cols, c);
        return;
      }
    }
    const size_t ahead = rows.ahead();
    for (; k + ROWS_OF_RUN <= end; k += ROWS_OF_RUN) {
      for (int j = 0; j < cols; j += GROUP) {
#pragma GCC unroll 4
        for (int r = 0; r < ROWS_OF_RUN; r++) rows.fetch(r + ahead, j0 + j);
        addToOne<ROWS_OF_RUN>(rows, x + k, j0 + j, cols - j < GROUP ? cols - j : GROUP, c + j);
      }
      rows.skip(ROWS_OF_RUN);
    }
  });
  if (k < end) addRest(p, row, k, end, j0, cols, c);
}

// y = activation(sum + bias) of columns [j0, j0 + cols).
ONCE void finishColumns(const StepProduct &p, size_t row, int j0, int cols) {
  const bool hasGelu = p.activation == Activation::gelu;
  if (!p.bias && !hasGelu) return;
  float *y = p.y + row * p.out + j0;
  forRow(cols, [&](int j, int n) {
    Vec sum = loadUpTo(y + j, n);
    if (p.bias) sum += loadUpTo(p.bias + j0 + j, n);
    storeUpTo(y + j, hasGelu ? gelu(sum) : sum, n);
  });
}

// Adds up the parts of a row of a product, and finishes the row.
INLINE void finishParts(const StepProduct &p, size_t row) {
  const int blocks = blocksOf(p.in);
  const float *parts = p.parts + row * blocks * partLine(p.out);
  forRow(p.out, [&](int j, int n) {
    Vec total{};
    for (int block = 0; block < blocks; block++) total += loadUpTo(parts + block * partLine(p.out) + j, n);
    storeUpTo(p.y + row * p.out + j, total, n);
  });
  finishColumns(p, row, 0, p.out);
}

inline void multiplyFew(const StepProduct &p, int task) {
  const int width = taskColumns(p), columns = ceilDivide(p.out, width);
  const int block = task / columns, j0 = task % columns * width;
  const int cols = p.out - j0 < width ? p.out - j0 : width;
  const int end = (block + 1) * STEP_DEPTH < p.in ? (block + 1) * STEP_DEPTH : p.in;
  const size_t line = isInParts(p) ? blocksOf(p.in) * partLine(p.out) : p.out;
  float *c = (isInParts(p) ? p.parts + block * partLine(p.out) : p.y) + j0;
  for (int i = 0; i < p.rows; i++) __builtin_memset(c + i * line, 0, cols * sizeof(float));
  const int first = block * STEP_DEPTH, whole = cols / LANES * LANES;
  int k = first;
  if constexpr (FEW_ROWS > 1) {
    for (; p.rows > 1 && k + WEIGHT_ROWS <= end; k += WEIGHT_ROWS) addStrip(p, k, j0, whole, c, line);
  }
  for (int i = 0; i < p.rows; i++) {
    addRows(p, i, k, end, j0, whole, c + i * line);
    if (whole < cols) addRest(p, i, first, end, j0 + whole, cols - whole, c + i * line + whole);
  }
  if (isInParts(p)) return;
  for (int i = 0; i < p.rows; i++) finishColumns(p, i, j0, cols);
}

// Dequantizes rows [k0, k0 + depth) of weights into a panel, for fewer columns than a tile has: a vector
// must not pass the end of the last row.
ONCE void packPanel(const StepProduct &p, int k0, int depth, int j0, int cols, float *panel) {
  __builtin_memset(panel, 0, size_t(TILE_COLS) * depth * sizeof(float));
  for (int k = 0; k < depth; k++, panel += TILE_COLS) widen(p.weights, k0 + k, j0, cols, panel);
}

// packPanel for the columns of whole tiles, one panel after the other.
ONCE void packPanels(const StepProduct &p, int k0, int depth, int j0, int cols, float *panels) {
  withRows(p.weights, k0, [&](const auto &weights) {
    const auto *at = weights.entries + j0;
    for (int k = 0; k < depth; k++, at += weights.line, panels += TILE_COLS) {
      for (int j = 0; j < cols; j += TILE_COLS) {
        float *to = panels + size_t(j) * STEP_DEPTH;
        store(to, widened(at + j));
        store(to + LANES, widened(at + j + LANES));
      }
    }
  });
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

// Multiplies a block of weights by all rows; the first rows prefetch the next block. Tiles of few rows read
// weights in place.
inline void multiplyMany(const StepProduct &p, int task, float *memory) {
  const Weights &w = p.weights;
  const bool isScaled = w.width == Width::int8, isPacked = isScaled || isCrowded(p.in);
  const bool hasPanels = p.rows > ROWS_IN_PLACE;
  const size_t xLine = isPacked ? STEP_DEPTH : p.in;
  const int width = taskColumns(p), j0 = task * width;
  const int cols = p.out - j0 < width ? p.out - j0 : width;
  const int whole = cols / TILE_COLS * TILE_COLS, run = whole / TILE_COLS;
  const int rowsOfTile = ceilDivide(p.rows, ceilDivide(p.rows, TILE_ROWS));
  float *last = memory, *left = last + TILE_COLS * STEP_DEPTH, *scales = left + TILE_ROWS * STEP_DEPTH;
  float *panels = scales + BLOCK_COLS / GROUP * STEP_DEPTH;
  const size_t line = w.columns * entryBytes(w), tileBytes = TILE_COLS * entryBytes(w);
  for (int k0 = 0; k0 < p.in; k0 += STEP_DEPTH) {
    const int depth = p.in - k0 < STEP_DEPTH ? p.in - k0 : STEP_DEPTH;
    if (whole < cols) packPanel(p, k0, depth, j0 + whole, cols - whole, last);
    if (hasPanels) packPanels(p, k0, depth, j0, whole, panels);
    if (isScaled) readScales(p, k0, depth, j0, cols, scales);
    const char *next = k0 + depth < p.in ? addressOf(w, k0 + depth, j0) : addressOf(w, 0, j0 + width);
    // A tile's share of the next block: whole lines of it, one tile after the other.
    const auto aheadOf = [&](int j) -> Ahead {
      const int step = j / TILE_COLS * depth, done = step % run;
      return {next + step / run * line + done * tileBytes, tileBytes, run - done, run,
              line - run * tileBytes};
    };
    for (int i = 0; i < p.rows; i += rowsOfTile) {
      const int rows = p.rows - i < rowsOfTile ? p.rows - i : rowsOfTile;
      const float *x = isPacked ? left : p.x + size_t(i) * p.in + k0;
      for (int j = 0; j < cols; j += TILE_COLS) {
        if (isPacked && j % (isScaled ? GROUP : BLOCK_COLS) == 0) {
          packLeft(p, i, rows, k0, depth, isScaled ? scales + j / GROUP * STEP_DEPTH : nullptr, left);
        }
        const Target to{p.y + size_t(i) * p.out + j0 + j, size_t(p.out), j < whole ? TILE_COLS : cols - j,
                        k0 > 0, nullptr};
        if (j == whole) {
          tiles<Layout::rows>(rows, depth, x, xLine, panel(last), to);
          continue;
        }
        const Ahead ahead = i == 0 ? aheadOf(j) : Ahead{addressOf(w, k0, j0 + j)};
        if (hasPanels) {
          const float *at = panels + size_t(j) * STEP_DEPTH;
          tiles<Layout::rows>(rows, depth, x, xLine, Right<float>{at, TILE_COLS, ahead}, to);
        } else {
          withRows(w, k0, [&](const auto &weights) {
            const auto *at = weights.entries + j0 + j;
            tiles<Layout::rows>(rows, depth, x, xLine, Right{at, weights.line, ahead}, to);
          });
        }
      }
    }
  }
  for (int i = 0; i < p.rows; i++) finishColumns(p, i, j0, cols);
}

inline void multiply(const StepProduct &p, int task, float *memory) {
  if (isOfFew(p)) {
    multiplyFew(p, task);
  } else {
    multiplyMany(p, task, memory);
  }
}

}  // namespace ramble::RAMBLE_ISA
