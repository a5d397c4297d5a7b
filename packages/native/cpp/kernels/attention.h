// Attention in blocks with online softmax: memory grows with the length, not with its square.
// Dao et al. 2022, https://arxiv.org/abs/2205.14135
#pragma once

#include "kernels/attention-distances.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

// The running result of a panel of queries: out[D][TILE_COLS], still to be divided by `total`.
struct Reading {
  Vec most[2], total[2];
  float *out;
};

// Replaces the scores of a block by softmax weights, and scales the running result to the new maximum.
inline void weighBlock(Reading &r, int D, int count, float *scores) {
  for (int half = 0; half < 2; half++) {
    float *column = scores + half * LANES;
    Vec most = r.most[half];
    for (int s = 0; s < count; s++) most = larger(load(column + s * TILE_COLS), most);
    const Vec shrink = exponential(r.most[half] - most);
    Vec total = r.total[half] * shrink;
    for (int s = 0; s < count; s++) {
      const Vec weight = exponential(load(column + s * TILE_COLS) - most);
      store(column + s * TILE_COLS, weight);
      total += weight;
    }
    for (int d = 0; d < D; d++) {
      float *out = r.out + d * TILE_COLS + half * LANES;
      store(out, load(out) * shrink);
    }
    r.most[half] = most;
    r.total[half] = total;
  }
}

// Floats of a worker.
inline size_t attentionFloats(int keys, int D) {
  return rowPanels(keys, D) + columnPanels(keys, D) + 2 * (D + 1) * TILE_COLS + 2 * BLOCK + SHEARED + BAND +
         8 * LANES;
}

// Scratch of one worker.
struct AttentionMemory {
  float *packedK, *packedV;  // keys and values, as left operands
  float *queries;            // [D][TILE_COLS], scaled
  float *scores, *factors;   // blocks; factors of dropout
  float *out;                // what is read
  float *band;               // of products with the table of distances
  float *gathered;           // keys and values, where there are groups

  AttentionMemory(float *memory, int keys, int D) {
    packedK = memory;
    packedV = packedK + rowPanels(keys, D);
    queries = packedV + columnPanels(keys, D);
    scores = queries + (D + 1) * TILE_COLS;
    factors = scores + BLOCK + SHEARED;
    out = factors + BLOCK;
    band = out + (D + 1) * TILE_COLS;
    gathered = band + BAND;
  }
};

// One query head, whose keys and values are packed.
inline void attendQueries(const Attention &p, const Head &h, const AttentionMemory &m) {
  const int D = h.D;
  const size_t panel = panelFloats(TILE_ROWS, h.keys);
  float *read = p.read + h.firstRow * h.C + h.firstColumn;
  clearPadding(h, read, h.C);
  for (int q0 = 0; q0 < h.T; q0 += TILE_COLS) {
    packAcross<TILE_COLS>(h.q + q0 * h.line, h.line, h.queries(q0), D, m.queries);
    for (int i = 0; i < D * TILE_COLS; i += LANES) store(m.queries + i, load(m.queries + i) * h.scale);
    const Vec nothing = broadcast(-__FLT_MAX__);  // finite: a block of keys may be hidden from a query
    Reading reading{{nothing, nothing}, {}, m.out};
    __builtin_memset(m.out, 0, sizeof(float) * D * TILE_COLS);
    for (int s0 = h.firstBlock(q0), end = h.seenFrom(q0); s0 < end; s0 += KEYS_AT_ONCE) {
      const int count = end - s0 < KEYS_AT_ONCE ? end - s0 : KEYS_AT_ONCE;
      scoreKeysOf(h, m.packedK, m.queries, q0, s0, count, m.band, m.scores);
      weighBlock(reading, D, count, m.scores);
      if (p.mask.threshold > 0) {
        blockFactors(h, p.mask, q0, s0, count, m.factors);
        for (int i = 0; i < count * TILE_COLS; i++) m.scores[i] *= m.factors[i];
      }
      tileColumn<Layout::packed>(D, count, m.packedV + s0 * TILE_ROWS, 0, panel, m.scores,
                                 {m.out, TILE_COLS, TILE_COLS, true, nullptr});
    }
    const Vec inverse[2] = {1.0f / reading.total[0], 1.0f / reading.total[1]};
    storeTransposed(m.out, inverse, D, h.queries(q0), read + q0 * h.C, h.C);
    float *logSum = p.logSum + h.firstQuery + q0;
    for (int half = 0, left = h.queries(q0); left > 0; half++, left -= LANES, logSum += LANES) {
      storeUpTo(logSum, reading.most[half] + logarithm(reading.total[half]), left < LANES ? left : LANES);
    }
  }
}

// A key head: it is packed once for all query heads that read it.
inline void attendHead(const Attention &p, int task, float *memory) {
  Head h(p, task);
  const AttentionMemory m(memory, h.keys, h.D);
  if (p.group > 0) h.gather(p, m.gathered, m.gathered + size_t(h.keys) * h.D);
  packRows(h.k, h, m.packedK);
  packColumns(h.v, h.keyLine, h.D, h.keys, m.packedV);
  for (int number = 0; number < h.sharing; number++) {
    h.query(p, number);
    attendQueries(p, h, m);
  }
}

inline bool attention(const Attention &p) {
  const int keys = keysOf(p.length, p.group);
  const size_t gathered = p.group > 0 ? 2 * size_t(keys) * p.headDim : 0;
  const size_t floats = attentionFloats(keys, p.headDim) + gathered;
  float *memory = scratch(Scratch::work, floats * threadCount());
  if (!memory) return false;
  parallel(p.batch * p.keyHeads,
           [&](int task, int worker) { attendHead(p, task, memory + worker * floats); });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
