// Products with weights in panels of PANEL_COLS outputs, [panels][in][PANEL_COLS]: however many rows there
// are, memory is read in one run, and the sums stay in registers. The bits are those of weights by rows
// (step-product.h).
#pragma once

#include "decoding/step-product.h"

namespace ramble::RAMBLE_ISA {

constexpr int PANEL_COLS = 32;
// Passes over a block of a panel that prefetch the next block, each its share: while they multiply, memory
// is read as fast in one as in another.
constexpr int FETCHING_PASSES = 4;

inline int panelsOfTask(const StepProduct &p) {
  return ceilDivide(ceilDivide(p.out, PANEL_COLS), 4 * p.threads);
}
inline int panelTasks(const StepProduct &p) {
  return ceilDivide(ceilDivide(p.out, PANEL_COLS), panelsOfTask(p));
}

// The vectors that the only row is multiplied in: of 32 bytes at most for floats (addRun, in step-product.h).
template <class Entry>
struct PanelVec {
  typedef Vec Type;
};
template <>
struct PanelVec<float> {
  typedef Narrow Type;
};

INLINE Narrow panelVec(const float *from) { return *reinterpret_cast<const Narrow *>(from); }
INLINE Vec panelVec(const uint16_t *from) { return widened(from); }

// y[PANEL_COLS] = x[in] panel, for the only row.
template <class Entry>
ONCE void multiplyRow(const float *x, int in, const Entry *panel, float *y) {
  typedef typename PanelVec<Entry>::Type Sums;
  constexpr int STEP = sizeof(Sums) / sizeof(float), VECTORS = PANEL_COLS / STEP;
  Sums total[VECTORS] = {};
  const bool isForeseen = foreseesRuns();
  for (int k0 = 0; k0 < in; k0 += STEP_DEPTH, x += STEP_DEPTH) {
    const int depth = in - k0 < STEP_DEPTH ? in - k0 : STEP_DEPTH;
    Sums sums[VECTORS] = {};
#pragma GCC unroll 2
    for (int k = 0; k < depth; k++, panel += PANEL_COLS) {
      if (!isForeseen) {
        for (size_t byte = 0; byte < PANEL_COLS * sizeof(Entry); byte += 64) {
          __builtin_prefetch(reinterpret_cast<const char *>(panel) + AHEAD + byte, 0, 2);
        }
      }
#pragma GCC unroll 8
      for (int i = 0; i < VECTORS; i++) sums[i] += x[k] * panelVec(panel + i * STEP);
    }
#pragma GCC unroll 8
    for (int i = 0; i < VECTORS; i++) total[i] += sums[i];
  }
  __builtin_memcpy(y, total, sizeof total);
}

// A panel by all rows: y gets columns [j0, j0 + cols).
template <class Entry>
ONCE void multiplyPanel(const StepProduct &p, const Entry *panel, int j0, int cols, float *left) {
  const int rowsOfTile = ceilDivide(p.rows, ceilDivide(p.rows, TILE_ROWS));
  const int all = ceilDivide(p.rows, rowsOfTile) * ceilDivide(cols, TILE_COLS);
  const int passes = all < FETCHING_PASSES ? all : FETCHING_PASSES;
  const bool isPacked = isCrowded(p.in);
  for (int k0 = 0; k0 < p.in; k0 += STEP_DEPTH, panel += STEP_DEPTH * PANEL_COLS) {
    const int depth = p.in - k0 < STEP_DEPTH ? p.in - k0 : STEP_DEPTH;
    const size_t share = PANEL_COLS * sizeof(Entry) / passes;  // of a step
    const char *next = reinterpret_cast<const char *>(panel + depth * PANEL_COLS);
    int pass = 0;
    for (int i = 0; i < p.rows; i += rowsOfTile) {
      const int rows = p.rows - i < rowsOfTile ? p.rows - i : rowsOfTile;
      const float *x = p.x + size_t(i) * p.in + k0;
      if (isPacked) packLeft(p, i, rows, k0, depth, nullptr, left);
      for (int j = 0; j < cols; j += TILE_COLS, pass++) {
        const Entry *at = panel + j;
        const Ahead ahead = pass < passes ? Ahead{next + pass * depth * share, share}
                                          : Ahead{reinterpret_cast<const char *>(at)};
        const Target to{p.y + size_t(i) * p.out + j0 + j, size_t(p.out),
                        cols - j < TILE_COLS ? cols - j : TILE_COLS, k0 > 0, nullptr};
        tiles<Layout::rows>(rows, depth, isPacked ? left : x, isPacked ? STEP_DEPTH : p.in,
                            Right<Entry>{at, PANEL_COLS, ahead}, to);
      }
    }
  }
}

template <class Entry>
inline void multiplyPanels(const StepProduct &p, int task, float *memory) {
  const int share = panelsOfTask(p), first = task * share * PANEL_COLS;
  const int end = first + share * PANEL_COLS < p.out ? first + share * PANEL_COLS : p.out;
  for (int j0 = first; j0 < end; j0 += PANEL_COLS) {
    const int cols = end - j0 < PANEL_COLS ? end - j0 : PANEL_COLS;
    const Entry *panel = static_cast<const Entry *>(p.weights.stored.values) + size_t(j0) * p.in;
    if (p.rows > 1) {
      multiplyPanel(p, panel, j0, cols, memory);
      continue;
    }
    float y[PANEL_COLS];
    multiplyRow(p.x, p.in, panel, y);
    __builtin_memcpy(p.y + j0, y, cols * sizeof(float));
  }
  for (int i = 0; i < p.rows; i++) finishColumns(p, i, first, end - first);
}

inline void multiplyPanels(const StepProduct &p, int task, float *memory) {
  if (p.weights.width == Width::f32Panels) {
    multiplyPanels<float>(p, task, memory);
  } else {
    multiplyPanels<uint16_t>(p, task, memory);
  }
}

}  // namespace ramble::RAMBLE_ISA
