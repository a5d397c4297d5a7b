// Copies parts of matrices into the order in which the register tile reads them.
#pragma once

#include <type_traits>

#include "vectors/pairs.h"
#include "vectors/transpose.h"

namespace ramble::RAMBLE_ISA {

// Panels have room behind them: a packed row may be written as a whole vector.
constexpr size_t panelFloats(int width, int k) { return static_cast<size_t>(width) * k + LANES; }

// Numbers along k that a word of a panel holds: a float, or a pair of bf16.
template <class Entry>
constexpr int PER_WORD = std::is_same_v<Entry, Pair> ? 2 : 1;

template <class Entry>
constexpr int wordsOf(int k) {
  return (k + PER_WORD<Entry> - 1) / PER_WORD<Entry>;
}

// The next words of a line that is contiguous along k and has `count` more numbers, followed by zeros.
template <class Entry>
INLINE Vec loadWords(const float *p, int count) {
  const Vec low = count >= LANES ? load(p) : loadPart(p, count);
  if constexpr (PER_WORD<Entry> == 1) {
    return low;
  } else {
    const int rest = count - LANES;
    return Entry::ofLine(low, rest <= 0       ? Vec{}
                              : rest >= LANES ? load(p + LANES)
                                              : loadPart(p + LANES, rest));
  }
}

// `width` lines of memory, each contiguous along k, to out[k][width], words of k; lines from `count` on are
// zero. line: floats between lines.
template <int WIDTH, class Entry = float>
ONCE void packAcross(const float *from, size_t line, int count, int k, float *out) {
  const int words = wordsOf<Entry>(k);
  for (int k0 = 0; k0 < words; k0 += LANES) {
    const int depth = words - k0 < LANES ? words - k0 : LANES;
    const int start = k0 * PER_WORD<Entry>;
    constexpr int GROUPS = (WIDTH + LANES - 1) / LANES;
    Vec block[GROUPS][LANES];
    for (int group = 0; group < GROUPS; group++) {
      for (int i = 0; i < LANES; i++) {
        const int row = group * LANES + i;
        const float *p = from + row * line + start;
        __builtin_prefetch(p + 4 * LANES * PER_WORD<Entry>);  // more lines than the processor follows
        block[group][i] = row >= count || row >= WIDTH ? Vec{} : loadWords<Entry>(p, k - start);
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

// The same to panels of pairs, each of the numbers of two lines.
template <int WIDTH, class Entry>
ONCE void packPairsAlong(const float *from, size_t line, int count, int k, float *out, size_t step) {
  constexpr int PAIRS = 8;  // of lines, at a time
  const int words = wordsOf<Entry>(k);
  for (int k0 = 0; k0 < words; k0 += PAIRS) {
    const int end = k0 + PAIRS < words ? k0 + PAIRS : words;
    float *panel = out;
    for (int j0 = 0; j0 < count; j0 += WIDTH, panel += step) {
      for (int i = k0; i < end; i++) {
        const float *p = from + 2 * i * line + j0;
#pragma GCC unroll 2
        for (int group = 0; group < WIDTH; group += LANES) {
          const int width = WIDTH - group < LANES ? WIDTH - group : LANES;
          const int left = count - j0 - group, n = left < 0 ? 0 : left < width ? left : width;
          const Vec first = loadPart(p + group, n),
                    second = loadPart(p + group + line, 2 * i + 1 < k ? n : 0);
          storePart(panel + size_t(i) * WIDTH + group, Entry::ofLines(first, second), width);
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
template <int WIDTH, class Entry>
inline void pack(const Operand &operand, int start, int count, int k0, int k, float *out, size_t step) {
  const float *from = operand.at(start, k0);
  if (!operand.isAcross) {
    if constexpr (PER_WORD<Entry> == 2) {
      packPairsAlong<WIDTH, Entry>(from, operand.line, count, k, out, step);
    } else {
      packAlong<WIDTH>(from, operand.line, count, k, out, step);
    }
    return;
  }
  for (int i = 0; i < count; i += WIDTH, out += step) {
    const int lines = count - i < WIDTH ? count - i : WIDTH;
    packAcross<WIDTH, Entry>(from + i * operand.line, operand.line, lines, k, out);
  }
}

}  // namespace ramble::RAMBLE_ISA
