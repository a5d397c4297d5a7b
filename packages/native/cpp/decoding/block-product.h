// Products with weights in blocks, which are read once, as they lie. The inputs are split into bytes, or
// rounded to one (split-inputs.h), so that the products of a group are sums of integers, without rounding;
// then its scale and its minimum apply. The bits of a row do not depend on the number of rows.
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
  float cap;  // of y, 0 for none
  Activations inputs;
  int threads;  // of the caller: those that help have a number of their own
};

// Distance in bytes from what is read to what is prefetched.
constexpr size_t BLOCKS_AHEAD = 16384;
constexpr int SPLIT_ROWS = 16;  // of a task: their bytes stay in the L2 cache while it reads its panels

// The bytes that an input is split into.
inline int partsOfInputs(const BlockProduct &p) { return p.inputs == Activations::int8 ? 1 : 3; }

// Floats of a worker.
inline size_t blockFloats(const BlockProduct &p) {
  const SplitRows rows{nullptr, groupsOfInputs(p.in), partsOfInputs(p)};
  return (p.rows < SPLIT_ROWS ? p.rows : SPLIT_ROWS) * rows.rowBytes() / sizeof(float);
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

// The products of a part of a row's group with the numbers of a block.
template <class Sums>
INLINE IntVec multiplyPart(const SplitGroup &group, int part, const typename Sums::Words &words) {
  Sums sums(group.sums[part]);
  const int8_t *bytes = group.part(part);
#pragma GCC unroll 8
  for (int i = 0; i < BLOCK_WORDS; i++) sums.add(words, i, bytes + 4 * i);
  return sums.take();
}

// The products of the two upper parts of three, as one number. Those of q4 are short, and done at once.
template <Width WIDTH, class Sums>
INLINE IntVec multiplyUpper(const SplitGroup &group, int last, const typename Sums::Words &words) {
  if constexpr (WIDTH == Width::q4) {
    return multiplyPart<Sums>(group, 0, words) * 256 + multiplyPart<Sums>(group, 1, words);
  }
  IntVec sum{};
#pragma GCC unroll 1
  for (int part = 0; part < last; part++) sum = sum * 256 + multiplyPart<Sums>(group, part, words);
  return sum;
}

// y[row][BLOCK_OUTPUTS] += the group's part of each row.
template <Width WIDTH, class Sums>
INLINE void addBlock(const WeightBlock<WIDTH> &block, const SplitRows &x, int group, int rows, float *y) {
  const size_t rowBytes = x.rowBytes();
  const int last = Sums::IS_OF_ONE_PART ? 0 : x.parts - 1;
#pragma GCC unroll 1
  for (int output = 0; output < BLOCK_OUTPUTS; output += LANES) {
    const typename Sums::Words words(block, output);
    const Vec scales = block.scales(output);
    const Vec minimums = WIDTH == Width::q4 ? block.minimums(output) : Vec{};
    const SplitGroup *from = &x.at(0, group);
    float *to = y + output;
#pragma GCC unroll 1
    for (int row = 0; row < rows; row++, to += BLOCK_OUTPUTS) {
      Vec sum{};
      if (last > 0) {
        sum = 256 * __builtin_convertvector(multiplyUpper<WIDTH, Sums>(*from, last, words), Vec);
      }
      sum += __builtin_convertvector(multiplyPart<Sums>(*from, last, words), Vec);
      Vec total = load(to) + scales * from->step * sum;
      if (WIDTH == Width::q4) total += minimums * from->sum;
      store(to, total);
      from = reinterpret_cast<const SplitGroup *>(reinterpret_cast<const uint8_t *>(from) + rowBytes);
    }
  }
}

template <Width WIDTH, class Sums>
ONCE void addPanel(const BlockProduct &p, int panel, const SplitRows &x, int rows, float *y) {
  const uint8_t *at = panelOf<WIDTH>(p.weights, p.in, panel);
  for (int g = 0; g < x.groups; g++, at += WeightBlock<WIDTH>::BYTES) {
#pragma GCC unroll 9
    for (size_t byte = 0; byte < WeightBlock<WIDTH>::BYTES; byte += 64) {
      __builtin_prefetch(at + BLOCKS_AHEAD + byte, 0, 2);
    }
    addBlock<WIDTH, Sums>(WeightBlock<WIDTH>{at}, x, g, rows, y);
  }
}

template <Width WIDTH>
INLINE void addPanelOf(const BlockProduct &p, int panel, const SplitRows &x, int rows, float *y) {
#if defined(RAMBLE_HAS_DOT_SUMS)
  if (hasDot()) return addPanel<WIDTH, DotSums<WIDTH>>(p, panel, x, rows, y);
#endif
#if defined(RAMBLE_HAS_SIGNED_SUMS)
  if constexpr (WIDTH == Width::q8) {
    if (x.parts == 1) return addPanel<WIDTH, SignedSums<WIDTH>>(p, panel, x, rows, y);
  }
#endif
  addPanel<WIDTH, ByteSums<WIDTH>>(p, panel, x, rows, y);
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
  const SplitRows x{reinterpret_cast<uint8_t *>(memory), groupsOfInputs(p.in), partsOfInputs(p)};
  const int panels = panelsOf(p.out), share = panelsOfTask(p);
  const int columns = ceilDivide(panels, share), first = task % columns * share;
  const int row = task / columns * SPLIT_ROWS, rows = p.rows - row < SPLIT_ROWS ? p.rows - row : SPLIT_ROWS;
  const int end = first + share < panels ? first + share : panels;
  for (int i = 0; i < rows; i++) {
    const float *from = p.x + size_t(row + i) * p.in;
    for (int g = 0; g < x.groups; g++) {
      const int k = g * BLOCK_INPUTS;
      splitGroup(from + k, p.in - k < BLOCK_INPUTS ? p.in - k : BLOCK_INPUTS, x.parts, x.at(i, g));
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
