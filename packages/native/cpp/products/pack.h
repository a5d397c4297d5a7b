// Copies parts of matrices into the order in which the register tile reads them.
#pragma once

#include "vectors/transpose.h"

namespace ramble::RAMBLE_ISA {

// Panels have room behind them: a packed row may be written as a whole vector.
constexpr size_t panelFloats(int width, int k) { return static_cast<size_t>(width) * k + LANES; }

// `width` lines of memory, each contiguous along k, to out[k][width]; lines from `count` on are zero.
// line: floats between lines.
template <int WIDTH>
ONCE void packAcross(const float *from, size_t line, int count, int k, float *out) {
  for (int k0 = 0; k0 < k; k0 += LANES) {
    const int depth = k - k0 < LANES ? k - k0 : LANES;
    constexpr int GROUPS = (WIDTH + LANES - 1) / LANES;
    Vec block[GROUPS][LANES];
    for (int group = 0; group < GROUPS; group++) {
      for (int i = 0; i < LANES; i++) {
        const int row = group * LANES + i;
        const float *p = from + row * line + k0;
        __builtin_prefetch(p + 4 * LANES);  // more lines at a time than the processor follows
        block[group][i] = row >= count || row >= WIDTH ? Vec{}
                          : depth == LANES             ? load(p)
                                                       : loadPart(p, depth);
      }
      transposeSquare(block[group]);
    }
    // In ascending order: the next row overwrites what a vector writes beyond its own.
    for (int i = 0; i < depth; i++) {
      for (int group = 0; group < GROUPS; group++) {
        store(out + static_cast<size_t>(k0 + i) * WIDTH + group * LANES, block[group][i]);
      }
    }
  }
}

// Copies k lines of memory, each contiguous along the width of the panels, to panels out[k][width] that are
// `step` floats apart; zero from `count` on. It takes a few lines at a time, so that they stay in the
// cache.
template <int WIDTH>
ONCE void packAlong(const float *from, size_t line, int count, int k, float *out, size_t step = 0) {
  constexpr int GROUPS = (WIDTH + LANES - 1) / LANES, LINES = 16;
  for (int k0 = 0; k0 < k; k0 += LINES) {
    const int end = k0 + LINES < k ? k0 + LINES : k;
    float *panel = out;
    for (int j0 = 0; j0 < count; j0 += WIDTH, panel += step) {
      const float *p = from + k0 * line + j0;
      // Reads and writes of whole vectors may pass the end of a line, never that of the last one.
      const bool isWhole = count - j0 >= WIDTH;
      for (int i = k0; i < end; i++, p += line) {
        float *to = panel + static_cast<size_t>(i) * WIDTH;
        if (isWhole && (WIDTH % LANES == 0 || i + 1 < k)) {
          for (int group = 0; group < GROUPS; group++) {
            store(to + group * LANES, load(p + group * LANES));
          }
        } else {
          for (int j = 0; j < WIDTH; j++) to[j] = j < count - j0 ? p[j] : 0;
        }
      }
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

// `count` lines or columns from `start` on, to panels that are `step` floats apart.
template <int WIDTH>
inline void pack(const Operand &operand, int start, int count, int k0, int k, float *out, size_t step) {
  const float *from = operand.at(start, k0);
  if (!operand.isAcross) return packAlong<WIDTH>(from, operand.line, count, k, out, step);
  for (int i = 0; i < count; i += WIDTH, out += step) {
    packAcross<WIDTH>(from + i * operand.line, operand.line, count - i < WIDTH ? count - i : WIDTH, k, out);
  }
}

}  // namespace ramble::RAMBLE_ISA
