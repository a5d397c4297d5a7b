// The numbers of a matrix of any width, for products of whole matrices.
#pragma once

#include "decoding/weights.h"

namespace ramble::RAMBLE_ISA {

typedef int32_t Words __attribute__((vector_size(LANES * 4), aligned(1), may_alias));

// Writes a block of a matrix [in, out]: `count` rows of BLOCK_OUTPUTS columns, the last of which may not
// exist.
template <Width WIDTH>
INLINE void writeBlock(const WeightBlock<WIDTH> &block, int count, int columns, size_t line, float *y) {
  for (int output = 0; output < columns; output += LANES) {
    const int n = columns - output < LANES ? columns - output : LANES;
    const Vec scales = block.scales(output);
    const Vec minimums = WIDTH == Width::q4 ? block.minimums(output) : Vec{};
    const auto write = [&](int input, IntVec q) {
      if (input < count) {
        storeUpTo(y + input * line + output, scales * __builtin_convertvector(q, Vec) + minimums, n);
      }
    };
    for (int word = 0; word < BLOCK_WORDS / (WIDTH == Width::q4 ? 2 : 1); word++) {
      const IntVec words = *reinterpret_cast<const Words *>(block.words(word, output));
      for (int byte = 0; byte < 4; byte++) {
        const int input = 4 * word + byte;
        if constexpr (WIDTH == Width::q4) {
          write(input, words >> 8 * byte & 15);
          write(input + 16, words >> (8 * byte + 4) & 15);
        } else {
          write(input, words << (24 - 8 * byte) >> 24);
        }
      }
    }
  }
}

// Writes the columns of one panel of a matrix in blocks, [rows, columns] with an input in each row.
template <Width WIDTH>
ONCE void writePanel(const Dequantize &p, int panel) {
  const int first = panel * BLOCK_OUTPUTS, left = p.weights.columns - first;
  const uint8_t *at = panelOf<WIDTH>(p.weights, p.rows, panel);
  for (int row = 0; row < p.rows; row += BLOCK_INPUTS, at += WeightBlock<WIDTH>::BYTES) {
    const int count = p.rows - row < BLOCK_INPUTS ? p.rows - row : BLOCK_INPUTS;
    writeBlock<WIDTH>({at}, count, left < BLOCK_OUTPUTS ? left : BLOCK_OUTPUTS, p.weights.columns,
                      p.y + size_t(row) * p.weights.columns + first);
  }
}

inline bool dequantize(const Dequantize &p) {
  const Weights &w = p.weights;
  if (!isInBlocks(w) || p.hasOutputRows) {
    forRows(p.rows, w.columns, [&](int row) { readRow(w, row, p.y + size_t(row) * w.columns); });
    return true;
  }
  parallel(panelsOf(w.columns), [&](int panel, int) {
    if (w.width == Width::q4) {
      writePanel<Width::q4>(p, panel);
    } else {
      writePanel<Width::q8>(p, panel);
    }
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
