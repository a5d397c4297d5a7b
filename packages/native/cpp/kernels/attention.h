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

// Scratch of one worker: keys and values packed, then the queries, what was read, the scores, factors of
// dropout and the band of distances. Behind it keys and values are gathered where there are groups.
inline size_t attentionFloats(int keys, int D) {
  return rowPanels(keys, D) + columnPanels(keys, D) + 2 * (D + 1) * TILE_COLS + 2 * BLOCK + SHEARED + BAND +
         8 * LANES;
}

inline void attendHead(const Attention &p, int task, float *memory) {
  Head h(p, task);
  const int D = h.D;
  const size_t C = static_cast<size_t>(p.heads) * D, panel = panelFloats(TILE_ROWS, h.keys);
  float *packedK = memory, *packedV = packedK + rowPanels(h.keys, D);
  float *queries = packedV + columnPanels(h.keys, D), *scores = queries + (D + 1) * TILE_COLS;
  float *factors = scores + BLOCK + SHEARED, *out = factors + BLOCK;
  float *band = out + (D + 1) * TILE_COLS;
  if (p.group > 0) {
    float *gathered = band + BAND;
    h.gather(p, task, gathered, gathered + size_t(h.keys) * D);
  }
  packRows(h.k, h, packedK);
  packColumns(h.v, h.keyLine, D, h.keys, packedV);
  const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(D));
  float *read = p.read + h.firstRow * C + h.firstColumn;
  clearPadding(h, read, C);
  for (int q0 = 0; q0 < h.T; q0 += TILE_COLS) {
    packAcross<TILE_COLS>(h.q + q0 * h.line, h.line, h.queries(q0), D, queries);
    for (int i = 0; i < D * TILE_COLS; i += LANES) store(queries + i, load(queries + i) * scale);
    const Vec nothing = broadcast(-__FLT_MAX__);  // finite: a block of keys may be hidden from a query
    Reading reading{{nothing, nothing}, {}, out};
    __builtin_memset(out, 0, sizeof(float) * D * TILE_COLS);
    for (int s0 = h.firstBlock(q0), end = h.seenFrom(q0); s0 < end; s0 += KEYS_AT_ONCE) {
      const int count = end - s0 < KEYS_AT_ONCE ? end - s0 : KEYS_AT_ONCE;
      scoreKeysOf(h, packedK, queries, q0, s0, count, band, scores);
      weighBlock(reading, D, count, scores);
      if (p.mask.threshold > 0) {
        blockFactors(h, p.mask, q0, s0, count, factors);
        for (int i = 0; i < count * TILE_COLS; i++) scores[i] *= factors[i];
      }
      tileColumn<Layout::packed>(D, count, packedV + s0 * TILE_ROWS, 0, panel, scores,
                                 {out, TILE_COLS, TILE_COLS, true, nullptr});
    }
    const Vec inverse[2] = {1.0f / reading.total[0], 1.0f / reading.total[1]};
    storeTransposed(out, inverse, D, h.queries(q0), read + q0 * C, C);
    float *logSum = p.logSum + h.firstQuery + q0;
    for (int half = 0, left = h.queries(q0); left > 0; half++, left -= LANES, logSum += LANES) {
      storeUpTo(logSum, reading.most[half] + logarithm(reading.total[half]), left < LANES ? left : LANES);
    }
  }
}

inline bool attention(const Attention &p) {
  const int keys = keysOf(p.length, p.group);
  const size_t gathered = p.group > 0 ? 2 * size_t(keys) * p.headDim : 0;
  const size_t floats = attentionFloats(keys, p.headDim) + gathered;
  float *memory = scratch(Scratch::work, floats * threadCount());
  if (!memory) return false;
  parallel(p.batch * p.heads, [&](int task, int worker) { attendHead(p, task, memory + worker * floats); });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
