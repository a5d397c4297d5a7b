// Gradient of attention: the weights are computed again, block by block, from the saved log-sums.
#pragma once

#include "attention-tiles.h"

namespace ramble::RAMBLE_ISA {

// Scratch of one worker, in this order.
struct GradMemory {
  float *packedK, *packedV;  // rows: left operands over D
  float *columnsK;           // columns: left operand over positions
  float *dK, *dV;            // [T][D]
  float *queries, *dRead;    // [D][TILE_COLS], queries scaled
  float *rowsQ, *rowsDRead;  // right operands over queries: panels of TILE_COLS columns
  float *weights, *dScores;  // blocks
  float *factors;            // a block
  float *dQ;                 // [D][TILE_COLS]

  static size_t panelsOfD(int D) {
    return size_t(ceilDivide(D, TILE_COLS)) * panelFloats(TILE_COLS, TILE_COLS);
  }

  static size_t floats(int T, int D) {
    return 2 * rowPanels(T, D) + columnPanels(T, D) + 2 * size_t(T) * D +
           3 * size_t(D + 1) * TILE_COLS + 2 * panelsOfD(D) + 3 * BLOCK + 8 * LANES;
  }

  GradMemory(float *memory, int T, int D) {
    const auto take = [&](size_t count) {
      float *part = memory;
      memory += count;
      return part;
    };
    packedK = take(rowPanels(T, D));
    packedV = take(rowPanels(T, D));
    columnsK = take(columnPanels(T, D));
    dK = take(size_t(T) * D);
    dV = take(size_t(T) * D);
    queries = take(size_t(D + 1) * TILE_COLS);
    dRead = take(size_t(D + 1) * TILE_COLS);
    rowsQ = take(panelsOfD(D));
    rowsDRead = take(panelsOfD(D));
    weights = take(BLOCK);
    dScores = take(BLOCK);
    factors = take(BLOCK);
    dQ = take(size_t(D + 1) * TILE_COLS);
  }
};

// What a panel of queries has to know: log-sums, and the mean that softmax's gradient subtracts.
struct QueryPanel {
  Vec logSum[2], mean[2];
};

inline QueryPanel packQueries(const AttentionGrad &p, const Head &h, int q0, const GradMemory &m) {
  const int D = h.D, count = h.queries(q0);
  const size_t C = h.line / 3, at = (h.firstRow + q0) * C + h.firstColumn;
  const float *dRead = p.dRead + at, *read = p.forward.read + at;
  const float *q = h.q + q0 * h.line;
  const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(D));
  QueryPanel panel{};
  packAcross<TILE_COLS>(read, C, count, D, m.queries);
  packAcross<TILE_COLS>(dRead, C, count, D, m.dRead);
  for (int i = 0; i < D * TILE_COLS; i += LANES) {
    panel.mean[i / LANES % 2] += load(m.queries + i) * load(m.dRead + i);
  }
  packAcross<TILE_COLS>(q, h.line, count, D, m.queries);
  for (int i = 0; i < D * TILE_COLS; i += LANES) store(m.queries + i, load(m.queries + i) * scale);
  for (int d = 0; d < D; d += TILE_COLS) {
    const int cols = D - d < TILE_COLS ? D - d : TILE_COLS;
    const size_t panelAt = d / TILE_COLS * panelFloats(TILE_COLS, TILE_COLS);
    packAlong<TILE_COLS>(q + d, h.line, cols, count, m.rowsQ + panelAt);
    packAlong<TILE_COLS>(dRead + d, C, cols, count, m.rowsDRead + panelAt);
  }
  for (int lane = 0; lane < count; lane++) {
    panel.logSum[lane / LANES][lane % LANES] =
        p.forward.logSum[h.firstQuery + q0 + lane];
  }
  return panel;
}

// From scores and the gradient of the weights to the weights, dropout included, and the gradient of
// the scores.
inline void differentiateBlock(const QueryPanel &panel, float scale, int count, bool hasDropout,
                               const GradMemory &m) {
  for (int i = 0; i < count * TILE_COLS; i += LANES) {
    const int half = i / LANES % 2;
    const Vec weight = exponential(load(m.weights + i) - panel.logSum[half]);
    const Vec factor = hasDropout ? load(m.factors + i) : broadcast(1.0f);
    const Vec slope = load(m.dScores + i) * factor - panel.mean[half];
    store(m.dScores + i, weight * slope * scale);
    store(m.weights + i, weight * factor);
  }
}

// dOut[s][d] += block[s][q] * rows[q][d].
inline void addProduct(int keys, int queries, const float *block, const float *rows, int D,
                       float *dOut) {
  for (int d = 0; d < D; d += TILE_COLS) {
    const int cols = D - d < TILE_COLS ? D - d : TILE_COLS;
    tileColumn<Layout::rows>(keys, queries, block, TILE_COLS, TILE_ROWS * TILE_COLS,
                             rows + d / TILE_COLS * panelFloats(TILE_COLS, TILE_COLS),
                             {dOut + d, size_t(D), cols, true, nullptr});
  }
}

inline void attendHeadGrad(const AttentionGrad &p, int task, float *memory) {
  const Head h(p.forward, task);
  const int D = h.D, T = h.T;
  const GradMemory m(memory, T, D);
  const size_t panel = panelFloats(TILE_ROWS, D), C = h.line / 3;
  const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(D));
  const bool hasDropout = p.forward.dropout.threshold > 0;
  float *dQkv = p.dQkv + (h.q - p.forward.qkv);
  packRows(h.k, h, m.packedK);
  packRows(h.v, h, m.packedV);
  packColumns(h.k, h, m.columnsK);
  __builtin_memset(m.dK, 0, 2 * sizeof(float) * T * D);
  for (int q0 = 0; q0 < T; q0 += TILE_COLS) {
    const QueryPanel queries = packQueries(p, h, q0, m);
    __builtin_memset(m.dQ, 0, sizeof(float) * D * TILE_COLS);
    for (int s0 = 0, end = h.seenFrom(q0); s0 < end; s0 += KEYS_AT_ONCE) {
      const int count = end - s0 < KEYS_AT_ONCE ? end - s0 : KEYS_AT_ONCE;
      scoreBlock(h, m.packedK, m.queries, q0, s0, count, m.weights);
      tileColumn<Layout::packed>(count, D, m.packedV + s0 / TILE_ROWS * panel, 0, panel, m.dRead,
                                 {m.dScores, TILE_COLS, TILE_COLS, false, nullptr});
      if (hasDropout) blockFactors(h, p.forward.dropout, q0, s0, count, m.factors);
      differentiateBlock(queries, scale, count, hasDropout, m);
      tileColumn<Layout::packed>(D, count, m.columnsK + s0 * TILE_ROWS, 0,
                                 panelFloats(TILE_ROWS, T), m.dScores,
                                 {m.dQ, TILE_COLS, TILE_COLS, true, nullptr});
      addProduct(count, h.queries(q0), m.weights, m.rowsDRead, D, m.dV + s0 * D);
      addProduct(count, h.queries(q0), m.dScores, m.rowsQ, D, m.dK + s0 * D);
    }
    const Vec one[2] = {broadcast(1.0f), broadcast(1.0f)};
    storeTransposed(m.dQ, one, D, h.queries(q0), dQkv + q0 * h.line, h.line);
  }
  for (int s = 0; s < T; s++) {
    __builtin_memcpy(dQkv + s * h.line + C, m.dK + s * D, D * sizeof(float));
    __builtin_memcpy(dQkv + s * h.line + 2 * C, m.dV + s * D, D * sizeof(float));
  }
  for (int part = 0; part < 3; part++) clearPadding(h, dQkv + part * C, h.line);
}

inline bool attentionGrad(const AttentionGrad &p) {
  const size_t floats = GradMemory::floats(p.forward.length, p.forward.headDim);
  float *memory = scratch(Scratch::work, floats * threadCount());
  if (!memory) return false;
  parallel(p.forward.batch * p.forward.heads,
           [&](int task, int worker) { attendHeadGrad(p, task, memory + worker * floats); });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
