// Copies parts of matrices into the order in which the register tile reads them.
#pragma once

#include "transpose.h"

namespace ramble::RAMBLE_ISA {

// Panels have room behind them: a packed row may be written as a whole vector.
constexpr size_t panelFloats(int width, int k) { return static_cast<size_t>(width) * k + LANES; }

// `width` lines of memory, each contiguous along k, to out[k][width]; lines from `count` on are zero.
// line: floats between lines.
template <int WIDTH>
inline void packAcross(const float *from, size_t line, int count, int k, float *out) {
  for (int k0 = 0; k0 < k; k0 += LANES) {
    const int depth = k - k0 < LANES ? k - k0 : LANES;
    constexpr int GROUPS = (WIDTH + LANES - 1) / LANES;
    Vec block[GROUPS][LANES];
    for (int group = 0; group < GROUPS; group++) {
      for (int i = 0; i < LANES; i++) {
        const int row = group * LANES + i;
        const float *p = from + row * line + k0;
        block[group][i] = row >= count || row >= WIDTH ? Vec{}
                          : depth == LANES             ? load(p)
                                                       : loadPart(p, depth);
      }
      transposeSquare(block[group]);
    }
    // Ascending: what a vector writes beyond its row is overwritten by the next.
    for (int i = 0; i < depth; i++) {
      for (int group = 0; group < GROUPS; group++) {
        store(out + static_cast<size_t>(k0 + i) * WIDTH + group * LANES, block[group][i]);
      }
    }
  }
}

// k lines of memory, each contiguous along the panel's width, to out[k][width]; zero from `count` on.
template <int WIDTH>
inline void packAlong(const float *from, size_t line, int count, int k, float *out) {
  constexpr int GROUPS = (WIDTH + LANES - 1) / LANES;
  // Reads and writes of whole vectors may pass the end of a line, never that of the last one.
  const bool isWhole = count == WIDTH;
  for (int i = 0; i < k; i++, from += line, out += WIDTH) {
    if (isWhole && (WIDTH % LANES == 0 || i + 1 < k)) {
      for (int group = 0; group < GROUPS; group++) {
        store(out + group * LANES, load(from + group * LANES));
      }
    } else {
      for (int j = 0; j < WIDTH; j++) out[j] = j < count ? from[j] : 0;
    }
  }
}

// Part of a matrix: element (i, k) of A or (k, j) of B. `across`: k is the contiguous direction.
struct Operand {
  const float *data;
  size_t line;  // floats between rows in memory
  bool isAcross;

  // From line or column `start` of the panel's direction and `k` of the product's.
  const float *at(size_t start, size_t k) const {
    return isAcross ? data + start * line + k : data + k * line + start;
  }
};

template <int WIDTH>
inline void pack(const Operand &operand, int start, int count, int k0, int k, float *out) {
  const float *from = operand.at(start, k0);
  if (operand.isAcross) {
    packAcross<WIDTH>(from, operand.line, count, k, out);
  } else {
    packAlong<WIDTH>(from, operand.line, count, k, out);
  }
}

}  // namespace ramble::RAMBLE_ISA
