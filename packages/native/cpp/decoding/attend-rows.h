// Attention of many rows of a feed to the keys and values of one head. Rows are lanes, so that keys and
// values are read once for TILE_COLS rows and softmax needs no sums across lanes. Every sum has the order
// that it has in attend-cached.h, so that a row has the same bits in a prompt as alone.
#pragma once

#include "decoding/attend-cached.h"
#include "products/pack.h"

namespace ramble::RAMBLE_ISA {

constexpr int KEYS_OF_TILE = LANES == 16 ? 4 : 2;
constexpr int POSITIONS_AT_ONCE = 64;  // whose values and weights the L1 cache holds
constexpr int ROWS_OF_TILE = 4;
constexpr int VECTORS_OF_TILE = LANES == 16 ? 4 : 2;

// Rows of a feed that attend together, at most TILE_COLS: row r is one query of one position.
struct RowGroup {
  int count;
  int from[TILE_COLS], to[TILE_COLS];  // positions that a row sees
  const float *query[TILE_COLS];
  float *out[TILE_COLS];
};

// The products of N keys with TILE_COLS queries, [D][TILE_COLS], summed over d = lane, lane + HALF, …: what
// scoreTile has in a lane of its vectors once `sum` has added up their parts of HALF lanes.
template <int N, int HALF>
INLINE void laneSums(const float *queries, const float *keys, size_t line, int D, int lane,
                     Vec (&sums)[N][2]) {
  if constexpr (HALF == LANES) {
#pragma GCC unroll 4
    for (int i = 0; i < N; i++) sums[i][0] = sums[i][1] = Vec{};
#pragma GCC unroll 1
    for (int d = lane; d < D; d += LANES) {
      const Vec q0 = load(queries + d * TILE_COLS), q1 = load(queries + d * TILE_COLS + LANES);
#pragma GCC unroll 4
      for (int i = 0; i < N; i++) {
        sums[i][0] += keys[i * line + d] * q0;
        sums[i][1] += keys[i * line + d] * q1;
      }
    }
  } else {
    Vec others[N][2];
    laneSums<N, 2 * HALF>(queries, keys, line, D, lane, sums);
    laneSums<N, 2 * HALF>(queries, keys, line, D, lane + HALF, others);
#pragma GCC unroll 4
    for (int i = 0; i < N; i++) {
      sums[i][0] += others[i][0];
      sums[i][1] += others[i][1];
    }
  }
}

// scores[i][lane] = keys[i] . queries[lane] * scale for KEYS_OF_TILE keys. Lanes 0 to 3 of the sums are a
// loop, so that the binary stays small.
ONCE void scoreRows(const float *queries, const float *keys, size_t line, int D, float scale, float *scores) {
  Vec parts[4][KEYS_OF_TILE][2];
#pragma GCC unroll 1
  for (int lane = 0; lane < 4; lane++) {
    laneSums<KEYS_OF_TILE, 4>(queries, keys, line, D, lane, parts[lane]);
  }
#pragma GCC unroll 1
  for (int i = 0; i < KEYS_OF_TILE; i++) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
      const Vec even = parts[0][i][half] + parts[2][i][half], odd = parts[1][i][half] + parts[3][i][half];
      store(scores + i * TILE_COLS + half * LANES, (even + odd) * scale);
    }
  }
}

// out[m][d] += weights[s][m] * values[s][d] for M rows and up to VECTORS_OF_TILE vectors of columns.
template <int M>
ONCE void addRowValues(const float *weights, const float *values, int count, int D, float *out) {
  int d = 0;
  for (; d + VECTORS_OF_TILE * LANES <= D; d += VECTORS_OF_TILE * LANES) {
    Vec sums[M][VECTORS_OF_TILE];
#pragma GCC unroll 8
    for (int m = 0; m < M; m++) {
#pragma GCC unroll 4
      for (int i = 0; i < VECTORS_OF_TILE; i++) sums[m][i] = load(out + m * D + d + i * LANES);
    }
    const float *value = values + d, *weight = weights;
#pragma GCC unroll 1
    for (int s = 0; s < count; s++, value += D, weight += TILE_COLS) {
      Vec v[VECTORS_OF_TILE];
#pragma GCC unroll 4
      for (int i = 0; i < VECTORS_OF_TILE; i++) v[i] = load(value + i * LANES);
#pragma GCC unroll 8
      for (int m = 0; m < M; m++) {
        const Vec share = broadcast(weight[m]);
#pragma GCC unroll 4
        for (int i = 0; i < VECTORS_OF_TILE; i++) sums[m][i] += share * v[i];
      }
    }
#pragma GCC unroll 8
    for (int m = 0; m < M; m++) {
#pragma GCC unroll 4
      for (int i = 0; i < VECTORS_OF_TILE; i++) store(out + m * D + d + i * LANES, sums[m][i]);
    }
  }
#pragma GCC unroll 1
  for (; d < D; d += LANES) {
    const int n = D - d < LANES ? D - d : LANES;
#pragma GCC unroll 1
    for (int m = 0; m < M; m++) {
      Vec sum = loadUpTo(out + m * D + d, n);
      for (int s = 0; s < count; s++) sum += weights[s * TILE_COLS + m] * loadUpTo(values + s * D + d, n);
      storeUpTo(out + m * D + d, sum, n);
    }
  }
}

// Positions in memory one after the other: their keys and values, `line` bytes apart, in the format of the
// cache, or as floats that are not rounded to it yet.
struct Run {
  const uint8_t *keys, *values;
  size_t line;
  int count;
  bool isOwn;
};

// What rows of a feed read of one key head: earlier positions in the cache, its own in qkv, because storing
// them may overwrite earlier ones.
struct FeedHead {
  const CachedHeads &cache;
  const float *keys;  // of the feed's own positions
  size_t line;
  int past;

  // Positions from `first` on, up to `end` at most.
  Run at(int first, int end) const {
    if (first >= past) {
      const float *own = keys + (first - past) * line;
      return {reinterpret_cast<const uint8_t *>(own), reinterpret_cast<const uint8_t *>(own + cache.C),
              line * sizeof(float), end - first, true};
    }
    const CachedRows k = cache.positions(cache.keys, first, end < past ? end : past);
    return {k.first, cache.values + (k.first - cache.keys), cache.line, k.count, false};
  }

  // The keys or values of a run as floats in `memory`, rounded to the format of the cache.
  void copy(const Run &run, const uint8_t *from, float *memory) const {
    const int D = cache.heads.D;
    if (!run.isOwn) return decodeRows(cache.format, {from, run.line, run.count}, 1, D, memory);
    for (int i = 0; i < run.count; i++, memory += D) {
      const float *own = reinterpret_cast<const float *>(from + i * run.line);
      roundHead(cache.format, own, D, memory);
    }
  }
};

// Scratch of a worker for rows that see up to `positions` positions.
struct RowsMemory {
  float *rows, *queries, *out, *values, *scores;

  static size_t floats(int positions, int D) {
    return 3 * size_t(D + 1) * TILE_COLS + size_t(POSITIONS_AT_ONCE) * D +
           size_t(positions + KEYS_OF_TILE) * TILE_COLS;
  }

  RowsMemory(float *memory, int D) {
    const size_t tile = size_t(D + 1) * TILE_COLS;
    rows = memory;
    queries = rows + tile;
    out = queries + tile;
    values = out + tile;
    scores = values + size_t(POSITIONS_AT_ONCE) * D;
  }
};

// Minus infinity for rows that do not see a position.
ONCE void hideUnseen(const RowGroup &rows, int first, int count, float *scores) {
  for (int half = 0; half < 2; half++) {
    IntVec from, to;
    __builtin_memcpy(&from, rows.from + half * LANES, sizeof from);
    __builtin_memcpy(&to, rows.to + half * LANES, sizeof to);
    for (int s = 0; s < count; s++) {
      float *at = scores + s * TILE_COLS + half * LANES;
      const IntVec position = broadcastInt(first + s);
      store(at, ((position >= from) & (position < to)) ? load(at) : broadcast(-__builtin_inff()));
    }
  }
}

// Adds the values of `count` positions from `first` on, weighted; each row adds those that it sees.
inline void addSeen(const RowGroup &rows, int first, int count, const float *weights, const float *values,
                    int D, float *out) {
  const auto within = [&](int position) {
    return position < first ? 0 : position > first + count ? count : position - first;
  };
  for (int r = 0; r < rows.count; r += ROWS_OF_TILE) {
    const int left = rows.count - r, height = left < ROWS_OF_TILE ? left : ROWS_OF_TILE;
    // Positions that all rows of the tile see.
    int begin = 0, end = height < ROWS_OF_TILE ? 0 : count;
    for (int m = r; m < r + height; m++) {
      const int from = within(rows.from[m]), to = within(rows.to[m]);
      begin = from > begin ? from : begin;
      end = to < end ? to : end;
    }
    if (end < begin) end = begin;
    const auto addOne = [&](int m, int from, int to) {
      if (to > from) {
        addRowValues<1>(weights + from * TILE_COLS + m, values + from * D, to - from, D, out + m * D);
      }
    };
    const auto smaller = [](int a, int b) { return a < b ? a : b; };
    for (int m = r; m < r + height; m++) addOne(m, within(rows.from[m]), smaller(begin, within(rows.to[m])));
    if (end > begin) {
      addRowValues<ROWS_OF_TILE>(weights + begin * TILE_COLS + r, values + begin * D, end - begin, D,
                                 out + r * D);
    }
    for (int m = r; m < r + height; m++) {
      const int from = within(rows.from[m]);
      addOne(m, from > end ? from : end, within(rows.to[m]));
    }
  }
}

inline void attendGroup(const StepAttention &op, const FeedHead &head, const RowGroup &rows, int D,
                        const RowsMemory &m) {
  int first = rows.from[0], end = rows.to[0], allFrom = first, allTo = end;
  for (int r = 0; r < rows.count; r++) {
    first = rows.from[r] < first ? rows.from[r] : first;
    allFrom = rows.from[r] > allFrom ? rows.from[r] : allFrom;
    end = rows.to[r] > end ? rows.to[r] : end;
    allTo = rows.to[r] < allTo ? rows.to[r] : allTo;
    __builtin_memcpy(m.rows + r * D, rows.query[r], D * sizeof(float));
  }
  packAcross<TILE_COLS>(m.rows, D, rows.count, D, m.queries);
  const auto forRuns = [&](const auto &use) {
    for (int s = first, next; s < end; s = next) {
      const Run run = head.at(s, s + POSITIONS_AT_ONCE < end ? s + POSITIONS_AT_ONCE : end);
      next = s + run.count;
      use(s, run, m.scores + size_t(s - first) * TILE_COLS);
    }
  };
  Vec most[2] = {broadcast(-__builtin_inff()), broadcast(-__builtin_inff())}, total[2] = {};
  forRuns([&](int s, const Run &run, float *scores) {
    int i = 0;
    if (head.cache.format == Width::f32) {
      const float *keys = reinterpret_cast<const float *>(run.keys);
      const size_t line = run.line / sizeof(float);
      for (; i + KEYS_OF_TILE <= run.count; i += KEYS_OF_TILE) {
        scoreRows(m.queries, keys + i * line, line, D, op.scale, scores + i * TILE_COLS);
      }
    }
    if (i < run.count) {  // copies, of which the last tile's other keys are anything
      Run rest = run;
      rest.count -= i;
      head.copy(rest, run.keys + i * run.line, m.values);
      for (const float *key = m.values; i < run.count; i += KEYS_OF_TILE, key += KEYS_OF_TILE * D) {
        scoreRows(m.queries, key, D, D, op.scale, scores + i * TILE_COLS);
      }
    }
    if (op.cap > 0) capRow(scores, run.count * TILE_COLS, op.cap);
    if (s < allFrom || s + run.count > allTo) hideUnseen(rows, s, run.count, scores);
    for (i = 0; i < run.count * TILE_COLS; i += TILE_COLS) {
      most[0] = larger(load(scores + i), most[0]);
      most[1] = larger(load(scores + i + LANES), most[1]);
    }
  });
  float *last = m.scores + size_t(end - first) * TILE_COLS;
  for (float *at = m.scores; at < last; at += TILE_COLS) {
    const Vec left = exponential(load(at) - most[0]), right = exponential(load(at + LANES) - most[1]);
    store(at, left);
    store(at + LANES, right);
    total[0] += left;
    total[1] += right;
  }
  __builtin_memset(m.out, 0, size_t(rows.count) * D * sizeof(float));
  forRuns([&](int s, const Run &run, float *weights) {
    for (int i = 0; i < run.count; i++) {
      float *at = weights + i * TILE_COLS;
      store(at, load(at) / total[0]);
      store(at + LANES, load(at + LANES) / total[1]);
    }
    head.copy(run, run.values, m.values);
    addSeen(rows, s, run.count, weights, m.values, D, m.out);
  });
  for (int r = 0; r < rows.count; r++) __builtin_memcpy(rows.out[r], m.out + r * D, D * sizeof(float));
}

// Whether rows of a feed attend by groups: enough of them, of a kind of attention that scores keys by
// products alone.
inline bool isByGroups(const StepProgram &p, const StepAttention &op, const StepFeed &feed) {
  const int rows = feed.count * (p.heads / p.keyHeads);
  return op.reach == 0 && op.memory.group == 0 && rows >= TILE_COLS / 2;
}

// Positions that rows of a feed see, its own included.
inline int positionsSeen(const StepAttention &op, const StepFeed &feed) {
  return feed.past + feed.count - firstSeen(op, feed.past);
}

// How the positions of a feed are divided among tasks, each of one key head.
struct FeedParts {
  int count, size;
};

// A few tasks a thread, of whole groups; one where storing positions overwrites some that others see.
inline FeedParts partsOf(const RunStep &step, const StepAttention &op, const StepFeed &feed, int threads) {
  const StepProgram &p = *step.program;
  const int groups = ceilDivide(feed.count * (p.heads / p.keyHeads), TILE_COLS);
  const int wanted = ceilDivide(4 * threads, p.keyHeads), most = wanted < groups ? wanted : groups;
  const bool isKept = positionsSeen(op, feed) <= step.layouts.items[op.layer].positionRows;
  const int size = ceilDivide(feed.count, isKept ? most : 1);
  return {ceilDivide(feed.count, size), size};
}

// attendFeed for a part of the rows of a feed and one key head, by groups.
inline void attendRows(const RunStep &step, const StepAttention &op, const StepFeed &feed, int keyHead,
                       int first, int end, const float *qkv, float *read, float *memory) {
  const StepProgram &p = *step.program;
  const int D = p.headDim, sharing = p.heads / p.keyHeads;
  const CachedHeads cache(step, op.layer, feed.slot, {keyHead, 1, D, sharing});
  const size_t line = qkvWidth(p), readLine = queryWidth(p);
  const float *rows = qkv + feed.firstRow * line;
  float *out = read + feed.firstRow * readLine + cache.queryOffset();
  const FeedHead head{cache, rows + readLine + cache.offset(), line, feed.past};
  const RowsMemory m(memory, D);
  for (int r0 = first * sharing; r0 < end * sharing; r0 += TILE_COLS) {
    RowGroup group;
    const int left = end * sharing - r0;
    group.count = left < TILE_COLS ? left : TILE_COLS;
    for (int r = 0; r < TILE_COLS; r++) {
      const bool isRow = r < group.count;
      const int t = isRow ? (r0 + r) / sharing : first, query = (r0 + r) % sharing * D, at = feed.past + t;
      group.from[r] = firstSeen(op, at);
      group.to[r] = at < feed.prefix ? feed.prefix : at + 1;
      group.query[r] = rows + t * line + cache.queryOffset() + query;
      group.out[r] = out + t * readLine + query;
    }
    attendGroup(op, head, group, D, m);
  }
  for (int t = first; t < end; t++) {
    const float *key = head.keys + t * line;
    cache.store(cache.rowOf(feed.past + t), key, key + cache.C);
  }
}

}  // namespace ramble::RAMBLE_ISA
