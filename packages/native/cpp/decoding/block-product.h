// Products with weights in blocks, which are read once, as they lie. The inputs are split into bytes
// (split-inputs.h), so that the products of a group are sums of integers, without rounding; then its scale
// and its minimum apply. The bits of a row do not depend on the number of rows.
#pragma once

#include "decoding/dot-bytes.h"
#include "decoding/split-inputs.h"
#include "vectors/cap.h"

namespace ramble::RAMBLE_ISA {

// y[rows, out] = activation(x[rows, in] weights + bias), or capped, weights in blocks of inputs and outputs.
struct BlockProduct {
  int rows, in, out;
  const float *x;
  float *y;
  const Weights &weights;
  const float *bias;  // or null
  Activation activation;
  float cap;    // of y, 0 for none
  int threads;  // of the caller: those that help have a number of their own
};

// Distance in bytes from what is read to what is prefetched.
constexpr size_t BLOCKS_AHEAD = 4096;
constexpr int SPLIT_ROWS = 16;  // of a task: their bytes stay in the L2 cache while it reads its panels

// Floats of a worker.
inline size_t blockFloats(int rows, int in) {
  const size_t groups = size_t(rows < SPLIT_ROWS ? rows : SPLIT_ROWS) * groupsOfInputs(in);
  return groups * sizeof(SplitGroup) / sizeof(float);
}

// A task splits its rows itself: the more panels it has, the less that costs.
inline int panelsOfTask(const BlockProduct &p) {
  const int panels = panelsOf(p.out), parts = ceilDivide(2 * p.threads, ceilDivide(p.rows, SPLIT_ROWS));
  const int most = 128, share = ceilDivide(panels, parts);
  return share < most ? share : most;
}

inline int blockTasks(const BlockProduct &p) {
  return ceilDivide(p.rows, SPLIT_ROWS) * ceilDivide(panelsOf(p.out), panelsOfTask(p));
}

// The numbers of a block, of LANES outputs, in bytes without a sign.
template <Width WIDTH>
INLINE void unpackWords(const WeightBlock<WIDTH> &block, int output, ByteVec (&numbers)[BLOCK_WORDS]) {
  if constexpr (WIDTH == Width::q4) {
#pragma GCC unroll 4
    for (int i = 0; i < BLOCK_WORDS / 2; i++) {
      const ByteVec both = loadBytes(block.words(i, output));
      numbers[i] = both & 15;
      numbers[i + BLOCK_WORDS / 2] = both >> 4;
    }
  } else {
#pragma GCC unroll 8
    for (int i = 0; i < BLOCK_WORDS; i++) numbers[i] = loadBytes(block.words(i, output)) ^ 128;
  }
}

// y[row][BLOCK_OUTPUTS] += the group's part of each row.
template <Width WIDTH, template <Width> class Sums>
INLINE void addBlock(const WeightBlock<WIDTH> &block, const SplitGroup *x, size_t groups, int rows,
                     float *y) {
#pragma GCC unroll 1
  for (int output = 0; output < BLOCK_OUTPUTS; output += LANES) {
    ByteVec numbers[BLOCK_WORDS];
    unpackWords<WIDTH>(block, output, numbers);
    const Vec scales = block.scales(output);
    const Vec minimums = WIDTH == Width::q4 ? block.minimums(output) : Vec{};
    float *to = y + output;
#pragma GCC unroll 1
    for (int row = 0; row < rows; row++, to += BLOCK_OUTPUTS) {
      const SplitGroup &group = x[row * groups];
      Sums<WIDTH> sums[3];
#pragma GCC unroll 8
      for (int i = 0; i < BLOCK_WORDS; i++) {
#pragma GCC unroll 3
        for (int part = 0; part < 3; part++) sums[part].add(numbers[i], group.parts[part] + 4 * i);
      }
      IntVec totals[3];
#pragma GCC unroll 3
      for (int part = 0; part < 3; part++) {
        totals[part] = sums[part].take();
        if (WIDTH == Width::q8) totals[part] -= 128 * group.sums[part];
      }
      const Vec upper = __builtin_convertvector(totals[0] * 256 + totals[1], Vec);
      const Vec sum = upper * 256 + __builtin_convertvector(totals[2], Vec);
      Vec total = load(to) + scales * group.step * sum;
      if (WIDTH == Width::q4) total += minimums * group.sum;
      store(to, total);
    }
  }
}

template <Width WIDTH, template <Width> class Sums>
ONCE void addPanel(const BlockProduct &p, int panel, const SplitGroup *x, int rows, float *y) {
  const int groups = groupsOfInputs(p.in);
  const uint8_t *at = panelOf<WIDTH>(p.weights, p.in, panel);
  for (int g = 0; g < groups; g++, at += WeightBlock<WIDTH>::BYTES) {
#pragma GCC unroll 9
    for (size_t byte = 0; byte < WeightBlock<WIDTH>::BYTES; byte += 64) {
      __builtin_prefetch(at + BLOCKS_AHEAD + byte, 0, 2);
    }
    addBlock<WIDTH, Sums>(WeightBlock<WIDTH>{at}, x + g, groups, rows, y);
  }
}

template <Width WIDTH>
INLINE void addPanelOf(const BlockProduct &p, int panel, const SplitGroup *x, int rows, float *y) {
#if defined(__AVX512F__)
  if (__builtin_cpu_supports("avx512vnni")) return addPanel<WIDTH, VnniSums>(p, panel, x, rows, y);
#endif
  addPanel<WIDTH, ByteSums>(p, panel, x, rows, y);
}

// y = activation(sums + bias) of a panel; the last may have fewer outputs.
INLINE void finishPanel(const BlockProduct &p, int panel, int row, const float *sums) {
  const int j0 = panel * BLOCK_OUTPUTS, cols = p.out - j0 < BLOCK_OUTPUTS ? p.out - j0 : BLOCK_OUTPUTS;
  float *y = p.y + size_t(row) * p.out + j0;
  forRow(cols, [&](int j, int n) {
    Vec sum = loadUpTo(sums + j, n);
    if (p.bias) sum += loadUpTo(p.bias + j0 + j, n);
    storeUpTo(y + j, p.activation == Activation::gelu ? gelu(sum) : sum, n);
  });
  if (p.cap > 0) capRow(y, cols, p.cap);
}

inline void multiplyBlocks(const BlockProduct &p, int task, float *memory) {
  SplitGroup *x = reinterpret_cast<SplitGroup *>(memory);
  const int groups = groupsOfInputs(p.in), panels = panelsOf(p.out), share = panelsOfTask(p);
  const int columns = ceilDivide(panels, share), first = task % columns * share;
  const int row = task / columns * SPLIT_ROWS, rows = p.rows - row < SPLIT_ROWS ? p.rows - row : SPLIT_ROWS;
  const int end = first + share < panels ? first + share : panels;
  for (int i = 0; i < rows; i++) {
    const float *from = p.x + size_t(row + i) * p.in;
    for (int g = 0; g < groups; g++) {
      const int k = g * BLOCK_INPUTS;
      splitGroup(from + k, p.in - k < BLOCK_INPUTS ? p.in - k : BLOCK_INPUTS, x[i * groups + g]);
    }
  }
  for (int panel = first; panel < end; panel++) {
    float sums[SPLIT_ROWS * BLOCK_OUTPUTS] = {};
    if (p.weights.width == Width::q4) {
      addPanelOf<Width::q4>(p, panel, x, rows, sums);
    } else {
      addPanelOf<Width::q8>(p, panel, x, rows, sums);
    }
    for (int i = 0; i < rows; i++) finishPanel(p, panel, row + i, sums + i * BLOCK_OUTPUTS);
  }
}

}  // namespace ramble::RAMBLE_ISA
