// Shared by the kernels of attention. A block holds scores as [keys][TILE_COLS queries], so that lanes are
// queries: softmax needs no sums across lanes, and the block is a packed operand as it stands.
#pragma once

#include "kernels/philox.h"
#include "ops/ops.gen.h"
#include "pool/pool.h"
#include "pool/scratch.h"
#include "products/pack.h"
#include "products/tile.h"
#include "vectors/cap.h"

namespace ramble::RAMBLE_ISA {

constexpr int KEYS_AT_ONCE = 64 / TILE_ROWS * TILE_ROWS;  // a whole number of panels
constexpr size_t BLOCK = KEYS_AT_ONCE * TILE_COLS;        // floats of a block of scores

// The number of keys that the last of `count` queries sees.
constexpr int keysOf(int count, int group) {
  return group > 0 && count > 0 ? 1 + (count - 1) / group : count;
}

// One key head of one sequence, and one of the query heads that read it.
struct Head {
  int T, length, D, prefix;  // T: positions without padding, length: with it
  int sequence, keyHead;
  int sharing;         // query heads that read the key head
  size_t C;            // floats of a row of what was read
  size_t firstRow;     // of the sequence, in all rows
  size_t firstColumn;  // of the query head, in what was read
  size_t firstQuery;   // of the query head, in all heads' queries: [batch, heads, length]
  size_t line;         // floats between positions in qkv
  const float *q, *k, *v;
  float scale, cap;
  int block, back, window;  // as Attention has them
  int stride;               // positions from one key to the next
  int keys;                 // that its queries see
  int width;                // keys of a row of weights, with those that nobody sees
  size_t keyLine;           // floats between keys
  int reach;                // rows of the table that are of use; 0 without one
  const float *distances;   // [reach, D]

  Head(const Attention &p, int task) : length(p.length), D(p.headDim) {
    sequence = task / p.keyHeads;
    keyHead = task % p.keyHeads;
    sharing = p.heads / p.keyHeads;
    T = p.ends ? p.ends[sequence] : length;
    C = static_cast<size_t>(p.heads) * D;
    const size_t keyColumns = static_cast<size_t>(p.keyHeads) * D;
    firstRow = static_cast<size_t>(sequence) * length;
    line = C + 2 * keyColumns;
    k = p.qkv + firstRow * line + C + static_cast<size_t>(keyHead) * D;
    v = k + keyColumns;
    scale = p.scale;
    cap = p.cap;
    prefix = p.prefix ? p.prefix[sequence] : 0;
    block = p.block;
    back = p.back;
    window = p.window;
    stride = p.group > 0 ? p.group : 1;
    keys = keysOf(T, p.group);
    width = p.group > 0 ? 1 + ceilDivide(length, p.group) : length;
    keyLine = line;
    reach = p.reach < length ? p.reach : length;
    query(p, 0);
  }

  // Turns to one of the query heads that share the key head.
  void query(const Attention &p, int number) {
    const size_t head = size_t(keyHead) * sharing + number;
    firstColumn = head * D;
    firstQuery = (size_t(sequence) * p.heads + head) * length;
    q = p.qkv + firstRow * line + firstColumn;
    distances = p.distances + ((head + 1) * p.reach - reach) * D;
  }

  // The first key that query t may see.
  int firstSeen(int t) const {
    const int first = window > 0 ? t - window + 1 : block > 0 ? (t / block - back) * block : 0;
    return first > 0 ? first : 0;
  }

  // The first key of a panel of queries, rounded down to a whole number of panels of keys.
  int firstBlock(int q0) const { return firstSeen(q0) / TILE_ROWS * TILE_ROWS; }

  // Keys that some query from q0 on may see.
  int seenFrom(int q0) const {
    const int past = (q0 + TILE_COLS - 1) / stride + 1, last = past > prefix ? past : prefix;
    return last < keys ? last : keys;
  }

  // Copies the first position and the groups to consecutive rows, as keys and values.
  void gather(const Attention &p, float *gatheredK, float *gatheredV) {
    const size_t group = size_t(sequence) * (width - 1) * p.memoryLine + firstColumn;
    for (int s = 0; s < keys; s++) {
      const size_t at = group + (s - 1) * p.memoryLine;
      __builtin_memcpy(gatheredK + s * D, s == 0 ? k : p.keys + at, D * sizeof(float));
      __builtin_memcpy(gatheredV + s * D, s == 0 ? v : p.values + at, D * sizeof(float));
    }
    k = gatheredK;
    v = gatheredV;
    keyLine = D;
  }

  int queries(int q0) const { return T - q0 < TILE_COLS ? T - q0 : TILE_COLS; }
};

// Keys or values of a head, as the left operand of a product over D: panels of TILE_ROWS of them.
inline void packRows(const float *from, const Head &h, float *out) {
  for (int s = 0; s < h.keys; s += TILE_ROWS, out += panelFloats(TILE_ROWS, h.D)) {
    const int count = h.keys - s < TILE_ROWS ? h.keys - s : TILE_ROWS;
    packAcross<TILE_ROWS>(from + s * h.keyLine, h.keyLine, count, h.D, out);
  }
}

// D columns of `rows` rows, as the left operand of a product over the rows: panels of TILE_ROWS columns.
inline void packColumns(const float *from, size_t line, int D, int rows, float *out) {
  for (int d = 0; d < D; d += TILE_ROWS, out += panelFloats(TILE_ROWS, rows)) {
    const int count = D - d < TILE_ROWS ? D - d : TILE_ROWS;
    packAlong<TILE_ROWS>(from + d, line, count, rows, out);
  }
}

constexpr size_t rowPanels(int T, int D) {
  return size_t(T + TILE_ROWS - 1) / TILE_ROWS * panelFloats(TILE_ROWS, D);
}

constexpr size_t columnPanels(int T, int D) {
  return size_t(D + TILE_ROWS - 1) / TILE_ROWS * panelFloats(TILE_ROWS, T);
}

// scores[s][q] (+)= k[s] q over D, capped; minus infinity where q may not see s.
ONCE void scoreBlock(const Head &h, const float *packedK, const float *queries, int q0, int s0, int count,
                     float *scores) {
  const size_t panel = panelFloats(TILE_ROWS, h.D);
  tileColumn<Layout::packed>(count, h.D, packedK + s0 / TILE_ROWS * panel, 0, panel, queries,
                             {scores, TILE_COLS, TILE_COLS, h.reach > 0, nullptr});
  if (h.cap > 0) capRow(scores, count * TILE_COLS, h.cap);
  for (int lane = 0; lane < TILE_COLS && s0 < h.firstSeen(q0 + TILE_COLS - 1); lane++) {
    const int first = h.firstSeen(q0 + lane), end = first < s0 + count ? first : s0 + count;
    for (int s = s0; s < end; s++) scores[(s - s0) * TILE_COLS + lane] = -__builtin_inff();
  }
  if ((s0 + count - 1) * h.stride <= q0) return;
  for (int s = s0; s < s0 + count; s++) {
    if (s < h.prefix) continue;
    for (int lane = 0; lane < TILE_COLS && q0 + lane < s * h.stride; lane++) {
      scores[(s - s0) * TILE_COLS + lane] = -__builtin_inff();
    }
  }
}

// Dropout's factors of a block, in its layout; columns of queries that do not exist have any factors.
ONCE void blockFactors(const Head &h, const DropoutMask &d, int q0, int s0, int count, float *out) {
  const size_t first = (h.firstQuery + q0) * size_t(h.width) + s0;
  if (first % 4 == 0 && h.width % 4 == 0) {
    for (int lane = 0; lane < TILE_COLS; lane += LANES) {
      dropoutColumns(d, first + lane * size_t(h.width), h.width, count, out + lane, TILE_COLS);
    }
    return;
  }
  for (int lane = 0; lane < h.queries(q0); lane++) {
    float row[KEYS_AT_ONCE];
    dropoutFactors(d, first + lane * size_t(h.width), count, row);
    for (int s = 0; s < count; s++) out[s * TILE_COLS + lane] = row[s];
  }
}

// Clears the columns of a head in every row of padding.
inline void clearPadding(const Head &h, float *out, size_t line) {
  for (int t = h.T; t < h.length; t++) __builtin_memset(out + t * line, 0, h.D * sizeof(float));
}

// out[q][d] = from[d][q] * factor[q] for `rows` queries.
ONCE void storeTransposed(const float *from, const Vec (&factor)[2], int D, int rows, float *out,
                          size_t line) {
  for (int half = 0; half < 2; half++) {
    for (int d = 0; d < D; d += LANES) {
      const int depth = D - d < LANES ? D - d : LANES;
      Vec block[LANES];
      for (int i = 0; i < LANES; i++) {
        block[i] = i < depth ? load(from + (d + i) * TILE_COLS + half * LANES) * factor[half] : Vec{};
      }
      transposeSquare(block);
      for (int i = 0; i < LANES && half * LANES + i < rows; i++) {
        float *to = out + (half * LANES + i) * line + d;
        if (depth == LANES) {
          store(to, block[i]);
        } else {
          storePart(to, block[i], depth);
        }
      }
    }
  }
}

}  // namespace ramble::RAMBLE_ISA
