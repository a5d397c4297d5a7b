// Relative attention in tiles: Music Transformer's skewing (Huang et al. 2018, section 3.4.1), block by
// block. A block of scores of `count` keys from s0 on and TILE_COLS queries from q0 on needs the products
// of the queries with a band of count + OVERLAP rows of the head's table, from row m0 = reach - q0 -
// TILE_COLS + s0 on: key s0 + r and query q0 + lane meet in row m0 + r + OVERLAP - lane. The next block of
// keys begins OVERLAP rows before the end of this one's band, so that every product is made once.
#pragma once

#include "kernels/attention-tiles.h"

namespace ramble::RAMBLE_ISA {

constexpr int OVERLAP = TILE_COLS - 1;
constexpr int BAND_ROWS = KEYS_AT_ONCE + OVERLAP;
constexpr size_t SHEARED = LANES * TILE_COLS;  // floats behind what is sheared that are in use
constexpr size_t BAND = BAND_ROWS * TILE_COLS + SHEARED;

// The first row of the band of a block.
inline int bandStart(const Head &h, int q0, int s0) { return h.reach - q0 - TILE_COLS + s0; }

// Rows [from, end) of `count` rows from m0 on that the table has.
struct TableRows {
  int from, end;

  TableRows(const Head &h, int m0, int count) {
    from = m0 < 0 ? -m0 : 0;
    end = h.reach - m0 < count ? h.reach - m0 : count;
    if (end < from) from = end = 0;
  }
};

// out[r][lane] = sum of rows m0 + r and queries, zero where the table has no such row.
inline void multiplyBand(const Head &h, const float *queries, int m0, int count, float *out) {
  const TableRows rows(h, m0, count);
  __builtin_memset(out, 0, sizeof(float) * rows.from * TILE_COLS);
  if (rows.end > rows.from) {
    tileColumn<Layout::rows>(rows.end - rows.from, h.D, h.distances + size_t(m0 + rows.from) * h.D, h.D,
                             size_t(TILE_ROWS) * h.D, queries,
                             {out + rows.from * TILE_COLS, TILE_COLS, TILE_COLS, false, nullptr});
  }
  __builtin_memset(out + rows.end * TILE_COLS, 0, sizeof(float) * (count - rows.end) * TILE_COLS);
}

// The band of a block, from that of the block of KEYS_AT_ONCE keys before it unless it is the first.
inline void slideBand(const Head &h, const float *queries, int q0, int s0, int count, bool isFirst,
                      float *band) {
  const int known = isFirst ? 0 : OVERLAP;
  __builtin_memcpy(band, band + KEYS_AT_ONCE * TILE_COLS, sizeof(float) * known * TILE_COLS);
  multiplyBand(h, queries, bandStart(h, q0, s0) + known, count + OVERLAP - known, band + known * TILE_COLS);
}

// out[r][lane] = rows[r + lane][lane], or rows[r + OVERLAP - lane][lane] when mirrored, for r < count.
// Lanes move by 1, 2, 4, … rows, those with that bit in their number. Reads count + OVERLAP rows, uses
// count + LANES of `out`.
ONCE void shear(const float *rows, int count, bool isMirrored, float *out) {
  for (int half = 0; half < 2; half++) {
    const int far = (half == 1) != isMirrored ? LANES : 0;
    const float *from = rows + far * TILE_COLS + half * LANES;
    float *to = out + half * LANES;
    for (int step = LANES / 2; step > 0; step /= 2, from = to) {
      IntVec moves;
      for (int lane = 0; lane < LANES; lane++) {
        moves[lane] = ((lane & step) != 0) != isMirrored ? -1 : 0;
      }
      for (int r = 0; r < count + step - 1; r++) {
        const float *row = from + r * TILE_COLS;
        store(to + r * TILE_COLS, moves ? load(row + step * TILE_COLS) : load(row));
      }
    }
  }
}

// The scores of a block of keys, distances included. `band` holds what the block before it left there.
// Uses LANES rows behind the block.
inline void scoreKeysOf(const Head &h, const float *packedK, const float *queries, int q0, int s0, int count,
                        float *band, float *scores) {
  if (h.reach > 0) {
    slideBand(h, queries, q0, s0, count, s0 == h.firstBlock(q0), band);
    shear(band, count, true, scores);
  }
  scoreBlock(h, packedK, queries, q0, s0, count, scores);
}

}  // namespace ramble::RAMBLE_ISA
