// The gradient of attention. It recomputes the attention weights, block by block, from the saved log-sums.
#pragma once

#include "kernels/attention-distances.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

constexpr size_t MARGIN = OVERLAP * TILE_COLS;  // floats of the rows that bands have in common

// Scratch of one worker, in this order.
struct GradMemory {
  float *packedK, *packedV;  // rows: left operands over D
  float *columnsK;           // columns: left operand over positions
  float *dK, *dV;            // [keys][D]; before that keys and values that are gathered
  float *queries, *dRead;    // [D][TILE_COLS], queries scaled
  float *rowsQ, *rowsDRead;  // right operands over queries: panels of TILE_COLS columns
  float *weights, *dScores;  // blocks; dScores has a margin of zeros on both sides
  float *factors;            // a block
  float *dQ;                 // [D][TILE_COLS]
  float *columnsE;           // the table: left operand over its rows
  float *band;               // of products with the table
  float *dBand, *carry;      // their gradients; of those that the next block adds to

  static size_t panelsOfD(int D) {
    return size_t(ceilDivide(D, TILE_COLS)) * panelFloats(TILE_COLS, TILE_COLS);
  }

  // reach: rows of the table of distances.
  static size_t floats(int keys, int D, int reach) {
    return 2 * rowPanels(keys, D) + columnPanels(keys, D) + 2 * size_t(keys) * D +
           3 * size_t(D + 1) * TILE_COLS + 2 * panelsOfD(D) + 3 * BLOCK + SHEARED + columnPanels(reach, D) +
           2 * BAND + 3 * MARGIN + 8 * LANES;
  }

  GradMemory(float *memory, int keys, int D, int reach) {
    const auto take = [&](size_t count) {
      float *part = memory;
      memory += count;
      return part;
    };
    packedK = take(rowPanels(keys, D));
    packedV = take(rowPanels(keys, D));
    columnsK = take(columnPanels(keys, D));
    dK = take(size_t(keys) * D);
    dV = take(size_t(keys) * D);
    queries = take(size_t(D + 1) * TILE_COLS);
    dRead = take(size_t(D + 1) * TILE_COLS);
    rowsQ = take(panelsOfD(D));
    rowsDRead = take(panelsOfD(D));
    weights = take(BLOCK + SHEARED);
    dScores = take(BLOCK + 2 * MARGIN) + MARGIN;
    factors = take(BLOCK);
    dQ = take(size_t(D + 1) * TILE_COLS);
    columnsE = take(columnPanels(reach, D));
    band = take(BAND);
    dBand = take(BAND);
    carry = take(MARGIN);
  }
};

// The log-sums of a panel of queries, and the mean that the gradient of softmax subtracts.
struct QueryPanel {
  Vec logSum[2], mean[2];
};

inline QueryPanel packQueries(const AttentionGrad &p, const Head &h, int q0, const GradMemory &m) {
  const int D = h.D, count = h.queries(q0);
  const size_t C = h.C, at = (h.firstRow + q0) * C + h.firstColumn;
  const float *dRead = p.dRead + at, *read = p.forward.read + at;
  const float *q = h.q + q0 * h.line;
  QueryPanel panel{};
  packAcross<TILE_COLS>(read, C, count, D, m.queries);
  packAcross<TILE_COLS>(dRead, C, count, D, m.dRead);
  for (int i = 0; i < D * TILE_COLS; i += LANES) {
    panel.mean[i / LANES % 2] += load(m.queries + i) * load(m.dRead + i);
  }
  packAcross<TILE_COLS>(q, h.line, count, D, m.queries);
  for (int i = 0; i < D * TILE_COLS; i += LANES) store(m.queries + i, load(m.queries + i) * h.scale);
  for (int d = 0; d < D; d += TILE_COLS) {
    const int cols = D - d < TILE_COLS ? D - d : TILE_COLS;
    const size_t panelAt = d / TILE_COLS * panelFloats(TILE_COLS, TILE_COLS);
    packAlong<TILE_COLS>(q + d, h.line, cols, count, m.rowsQ + panelAt);
    packAlong<TILE_COLS>(dRead + d, C, cols, count, m.rowsDRead + panelAt);
  }
  for (int lane = 0; lane < count; lane++) {
    panel.logSum[lane / LANES][lane % LANES] = p.forward.logSum[h.firstQuery + q0 + lane];
  }
  return panel;
}

// Turns scores and the gradient of the attention weights into the weights, with dropout, and the gradient
// of the scores.
inline void differentiateBlock(const Head &h, const QueryPanel &panel, int count, bool hasDropout,
                               const GradMemory &m) {
  for (int i = 0; i < count * TILE_COLS; i += LANES) {
    const int half = i / LANES % 2;
    const Vec score = load(m.weights + i), weight = exponential(score - panel.logSum[half]);
    const Vec factor = hasDropout ? load(m.factors + i) : broadcast(1.0f);
    const Vec slope = load(m.dScores + i) * factor - panel.mean[half];
    const Vec dScore = weight * slope * h.scale;
    store(m.dScores + i, h.cap > 0 ? dScore * capDerivative(score, h.cap) : dScore);
    store(m.weights + i, weight * factor);
  }
}

// dOut[s][d] += block[s][q] * rows[q][d].
inline void addProduct(int keys, int queries, const float *block, const float *rows, int D, float *dOut) {
  for (int d = 0; d < D; d += TILE_COLS) {
    const int cols = D - d < TILE_COLS ? D - d : TILE_COLS;
    tileColumn<Layout::rows>(keys, queries, block, TILE_COLS, TILE_ROWS * TILE_COLS,
                             rows + d / TILE_COLS * panelFloats(TILE_COLS, TILE_COLS),
                             {dOut + d, size_t(D), cols, true, nullptr});
  }
}

// Adds the gradient of a block's scores to those of the table and of the queries: its band, sheared back.
// Rows that the next block's band shares wait for it.
inline void addBandGrad(const Head &h, int q0, int s0, int count, const GradMemory &m, float *dTable) {
  const bool isFirst = s0 == h.firstBlock(q0), isLast = s0 + count == h.seenFrom(q0);
  __builtin_memset(m.dScores + count * TILE_COLS, 0, sizeof(float) * MARGIN);
  shear(m.dScores - MARGIN, count + OVERLAP, false, m.dBand);
  for (size_t i = 0; i < MARGIN && !isFirst; i += LANES) {
    store(m.dBand + i, load(m.dBand + i) + load(m.carry + i));
  }
  __builtin_memcpy(m.carry, m.dBand + count * TILE_COLS, sizeof(float) * MARGIN);
  const int m0 = bandStart(h, q0, s0);
  const TableRows rows(h, m0, isLast ? count + OVERLAP : count);
  const float *dRows = m.dBand + rows.from * TILE_COLS;
  const size_t first = m0 + rows.from;
  if (rows.end == rows.from) return;
  tileColumn<Layout::packed>(h.D, rows.end - rows.from, m.columnsE + first * TILE_ROWS, 0,
                             panelFloats(TILE_ROWS, h.reach), dRows,
                             {m.dQ, TILE_COLS, TILE_COLS, true, nullptr});
  addProduct(rows.end - rows.from, h.queries(q0), dRows, m.rowsQ, h.D, dTable + first * h.D);
}

// Stores the gradients of groups; zero for groups that no position sees, and for all keys and values of qkv
// but the first.
ONCE void storeMemoryGrad(const AttentionGrad &p, const Head &h, const GradMemory &m, float *dKeys,
                          float *dValues) {
  const size_t line = p.forward.memoryLine, size = h.D * sizeof(float);
  const size_t first = size_t(h.sequence) * (h.width - 1) * line + h.firstColumn;
  for (int g = 0; g < h.width - 1; g++) {
    float *dKey = p.dKeys + first + g * line, *dValue = p.dValues + first + g * line;
    if (g + 1 < h.keys) {
      __builtin_memcpy(dKey, m.dK + (g + 1) * h.D, size);
      __builtin_memcpy(dValue, m.dV + (g + 1) * h.D, size);
    } else {
      __builtin_memset(dKey, 0, size);
      __builtin_memset(dValue, 0, size);
    }
  }
  for (int t = 1; t < h.T; t++) {
    __builtin_memset(dKeys + t * h.line, 0, size);
    __builtin_memset(dValues + t * h.line, 0, size);
  }
}

// Stores the gradients of the queries of one head, and adds those of its keys and values. dTable is
// [reach][D] of the query head, and of this sequence alone.
inline void attendQueriesGrad(const AttentionGrad &p, const Head &h, const GradMemory &m, float *dTable) {
  const int D = h.D;
  const size_t panel = panelFloats(TILE_ROWS, D);
  const bool hasDropout = p.forward.mask.threshold > 0;
  float *dQ = p.dQkv + (h.q - p.forward.qkv);
  if (h.reach > 0) {
    packColumns(h.distances, D, D, h.reach, m.columnsE);
    __builtin_memset(dTable, 0, sizeof(float) * h.reach * D);
    __builtin_memset(m.dScores - MARGIN, 0, sizeof(float) * MARGIN);
  }
  for (int q0 = 0; q0 < h.T; q0 += TILE_COLS) {
    const QueryPanel queries = packQueries(p, h, q0, m);
    __builtin_memset(m.dQ, 0, sizeof(float) * D * TILE_COLS);
    for (int s0 = h.firstBlock(q0), end = h.seenFrom(q0); s0 < end; s0 += KEYS_AT_ONCE) {
      const int count = end - s0 < KEYS_AT_ONCE ? end - s0 : KEYS_AT_ONCE;
      scoreKeysOf(h, m.packedK, m.queries, q0, s0, count, m.band, m.weights);
      tileColumn<Layout::packed>(count, D, m.packedV + s0 / TILE_ROWS * panel, 0, panel, m.dRead,
                                 {m.dScores, TILE_COLS, TILE_COLS, false, nullptr});
      if (hasDropout) blockFactors(h, p.forward.mask, q0, s0, count, m.factors);
      differentiateBlock(h, queries, count, hasDropout, m);
      tileColumn<Layout::packed>(D, count, m.columnsK + s0 * TILE_ROWS, 0, panelFloats(TILE_ROWS, h.keys),
                                 m.dScores, {m.dQ, TILE_COLS, TILE_COLS, true, nullptr});
      addProduct(count, h.queries(q0), m.weights, m.rowsDRead, D, m.dV + s0 * D);
      addProduct(count, h.queries(q0), m.dScores, m.rowsQ, D, m.dK + s0 * D);
      if (h.reach > 0) addBandGrad(h, q0, s0, count, m, dTable);
    }
    const Vec one[2] = {broadcast(1.0f), broadcast(1.0f)};
    storeTransposed(m.dQ, one, D, h.queries(q0), dQ + q0 * h.line, h.line);
  }
  clearPadding(h, dQ, h.line);
}

// A key head, with all query heads that read it; dTables are those of the query heads.
inline void attendHeadGrad(const AttentionGrad &p, int task, float *memory, float *dTables) {
  Head h(p.forward, task);
  const int D = h.D;
  const GradMemory m(memory, h.keys, D, h.reach);
  float *dKeys = p.dQkv + (h.k - p.forward.qkv), *dValues = p.dQkv + (h.v - p.forward.qkv);
  if (p.forward.group > 0) h.gather(p.forward, m.dK, m.dV);
  packRows(h.k, h, m.packedK);
  packRows(h.v, h, m.packedV);
  packColumns(h.k, h.keyLine, D, h.keys, m.columnsK);
  __builtin_memset(m.dK, 0, sizeof(float) * h.keys * D);
  __builtin_memset(m.dV, 0, sizeof(float) * h.keys * D);
  for (int number = 0; number < h.sharing; number++) {
    h.query(p.forward, number);
    attendQueriesGrad(p, h, m, dTables + size_t(number) * h.reach * D);
  }
  const int own = h.stride > 1 && h.keys > 0 ? 1 : h.keys;  // keys and values of qkv
  for (int s = 0; s < own; s++) {
    __builtin_memcpy(dKeys + s * h.line, m.dK + s * D, D * sizeof(float));
    __builtin_memcpy(dValues + s * h.line, m.dV + s * D, D * sizeof(float));
  }
  if (p.forward.group > 0) storeMemoryGrad(p, h, m, dKeys, dValues);
  clearPadding(h, dKeys, h.line);
  clearPadding(h, dValues, h.line);
}

// The sum of the sequences' gradients of the table, in their order; zero where no position reaches.
inline void addUpTables(const AttentionGrad &p, int reach, const float *tables) {
  const Attention &f = p.forward;
  const size_t size = size_t(reach) * f.headDim;
  parallel(f.heads, [&](int head, int) {
    float *to = p.dDistances + size_t(head) * f.reach * f.headDim;
    const size_t unused = size_t(f.reach - reach) * f.headDim;
    __builtin_memset(to, 0, sizeof(float) * unused);
    forRow(static_cast<int>(size), [&](int j, int n) {
      Vec total{};
      for (int sequence = 0; sequence < f.batch; sequence++) {
        total += loadUpTo(tables + size_t(sequence * f.heads + head) * size + j, n);
      }
      storeUpTo(to + unused + j, total, n);
    });
  });
}

inline bool attentionGrad(const AttentionGrad &p) {
  const Attention &f = p.forward;
  const int reach = f.reach < f.length ? f.reach : f.length, heads = f.batch * f.heads;
  const size_t floats = GradMemory::floats(keysOf(f.length, f.group), f.headDim, reach);
  const size_t table = size_t(reach) * f.headDim;
  float *memory = scratch(Scratch::work, floats * threadCount());
  float *tables = scratch(Scratch::more, table * heads + 1);
  if (!memory || !tables) return false;
  const int tasks = f.batch * f.keyHeads;
  parallel(tasks, [&](int task, int worker) {
    attendHeadGrad(p, task, memory + worker * floats, tables + task * (heads / tasks) * table);
  });
  if (reach > 0) addUpTables(p, reach, tables);
  return true;
}

}  // namespace ramble::RAMBLE_ISA
