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
// Rows up to which products take less time than memory: a processor that foresees runs then reads it fastest
// where a tile is as wide as a panel, and nothing is prefetched.
constexpr int FORESEEN_ROWS = TILE_COLS == PANEL_COLS ? 5 : 1;

inline int panelsOfTask(const StepProduct &p) {
  return ceilDivide(ceilDivide(p.out, PANEL_COLS), 4 * p.threads);
}
inline int panelTasks(const StepProduct &p) {
  return ceilDivide(ceilDivide(p.out, PANEL_COLS), panelsOfTask(p));
}

// A panel, the columns of the product that it has, and the scales of bytes, [in], or null.
struct Panel {
  const char *at;
  const float *scales;
  int j0, cols;
};

INLINE Panel panelFrom(const StepProduct &p, int j0, int cols) {
  const Weights &w = p.weights;
  return {static_cast<const char *>(w.stored.values) + size_t(j0) * p.in * entryBytes(w),
          w.width == Width::int8Panels ? w.scales + size_t(j0 / GROUP) * p.in : nullptr, j0, cols};
}

// Calls use(entries) with the type of the weights.
template <class Use>
INLINE void withEntries(const Weights &w, const char *at, const Use &use) {
  switch (w.width) {
    case Width::f32Panels: return use(reinterpret_cast<const float *>(at));
    case Width::f16Panels: return use(reinterpret_cast<const uint16_t *>(at));
    default: return use(reinterpret_cast<const int8_t *>(at));
  }
}

// The vectors that the only row is multiplied in: of 32 bytes at most for floats (addRun, in step-product.h).
INLINE Narrow panelVec(const float *from) { return *reinterpret_cast<const Narrow *>(from); }
template <class Entry>
INLINE Vec panelVec(const Entry *from) {
  return widened(from);
}

// y[PANEL_COLS] = x[in] panel, for the only row.
template <class Entry>
ONCE void multiplyRow(const float *x, int in, const Entry *panel, const float *scales, float *y) {
  typedef decltype(panelVec(panel)) Sums;
  constexpr int STEP = sizeof(Sums) / sizeof(float), VECTORS = PANEL_COLS / STEP;
  Sums total[VECTORS] = {};
  const bool isForeseen = sizeof(Entry) > 1 && foreseesRuns();
  float scaled[STEP_DEPTH];
  for (int k0 = 0; k0 < in; k0 += STEP_DEPTH, x += STEP_DEPTH) {
    const int depth = in - k0 < STEP_DEPTH ? in - k0 : STEP_DEPTH;
    const float *factors = x;
    if (sizeof(Entry) == 1) {
      forRow(depth, [&](int k, int n) {
        storeUpTo(scaled + k, loadUpTo(x + k, n) * loadUpTo(scales + k0 + k, n), n);
      });
      factors = scaled;
    }
    Sums sums[VECTORS] = {};
#pragma GCC unroll 2
    for (int k = 0; k < depth; k++, panel += PANEL_COLS) {
      if (!isForeseen) {
        for (size_t byte = 0; byte < PANEL_COLS * sizeof(Entry); byte += 64) {
          __builtin_prefetch(reinterpret_cast<const char *>(panel) + AHEAD + byte, 0, 2);
        }
      }
#pragma GCC unroll 8
      for (int i = 0; i < VECTORS; i++) sums[i] += factors[k] * panelVec(panel + i * STEP);
    }
#pragma GCC unroll 8
    for (int i = 0; i < VECTORS; i++) total[i] += sums[i];
  }
  __builtin_memcpy(y, total, sizeof total);
}

// The columns of a panel for all rows.
ONCE void multiplyPanel(const StepProduct &p, Panel panel, float *left) {
  const int rowsOfTile = ceilDivide(p.rows, ceilDivide(p.rows, TILE_ROWS));
  const int all = ceilDivide(p.rows, rowsOfTile) * ceilDivide(panel.cols, TILE_COLS);
  const int passes = all < FETCHING_PASSES ? all : FETCHING_PASSES;
  const bool isForeseen = p.rows <= FORESEEN_ROWS && p.weights.width == Width::f32Panels && foreseesRuns();
  const bool isPacked = panel.scales || isCrowded(p.in);
  const size_t entry = entryBytes(p.weights), line = PANEL_COLS * entry, share = line / passes;
  for (int k0 = 0; k0 < p.in; k0 += STEP_DEPTH, panel.at += STEP_DEPTH * line) {
    const int depth = p.in - k0 < STEP_DEPTH ? p.in - k0 : STEP_DEPTH;
    const char *next = panel.at + depth * line;
    int pass = 0;
    for (int i = 0; i < p.rows; i += rowsOfTile) {
      const int rows = p.rows - i < rowsOfTile ? p.rows - i : rowsOfTile;
      const float *x = isPacked ? left : p.x + size_t(i) * p.in + k0;
      if (isPacked) packLeft(p, i, rows, k0, depth, panel.scales ? panel.scales + k0 : nullptr, left);
      for (int j = 0; j < panel.cols; j += TILE_COLS, pass++) {
        const Ahead ahead =
            pass < passes && !isForeseen ? Ahead{next + pass * depth * share, share} : Ahead{panel.at};
        const Target to{p.y + size_t(i) * p.out + panel.j0 + j, size_t(p.out),
                        panel.cols - j < TILE_COLS ? panel.cols - j : TILE_COLS, k0 > 0, nullptr};
        withEntries(p.weights, panel.at + j * entry, [&](const auto *at) {
          tiles<Layout::rows>(rows, depth, x, isPacked ? STEP_DEPTH : p.in,
                              Right{at, PANEL_COLS, ahead, isForeseen}, to);
        });
      }
    }
  }
}

inline void multiplyPanels(const StepProduct &p, int task, float *memory) {
  const int share = panelsOfTask(p), first = task * share * PANEL_COLS;
  const int end = first + share * PANEL_COLS < p.out ? first + share * PANEL_COLS : p.out;
  for (int j0 = first; j0 < end; j0 += PANEL_COLS) {
    const Panel panel = panelFrom(p, j0, end - j0 < PANEL_COLS ? end - j0 : PANEL_COLS);
    if (p.rows > 1) {
      multiplyPanel(p, panel, memory);
      continue;
    }
    float y[PANEL_COLS];
    withEntries(p.weights, panel.at, [&](const auto *at) { multiplyRow(p.x, p.in, at, panel.scales, y); });
    __builtin_memcpy(p.y + j0, y, panel.cols * sizeof(float));
  }
  for (int i = 0; i < p.rows; i++) finishColumns(p, i, first, end - first);
}

}  // namespace ramble::RAMBLE_ISA
