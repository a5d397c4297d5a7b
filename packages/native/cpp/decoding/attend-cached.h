// Attention of new positions over the keys and values of a cache.
#pragma once

#include <type_traits>

#include "decoding/cache-rows.h"
#include "decoding/step-program.h"
#include "decoding/weights.h"
#include "vectors/cap.h"

namespace ramble::RAMBLE_ISA {

// Key heads that one task attends to together, because they lie side by side in the cache and are read in
// one run; each is read for `sharing` query heads.
struct Heads {
  int first, count, D, sharing;

  int queries() const { return count * sharing; }
};

// Keys or values of heads, [count, heads, D]; positions are `line` floats apart. Those in the cache are
// fetched before they are read; copies need not be.
struct HeadRows {
  const float *at;
  size_t line;
  int count;
  bool isCopy = false;
};

// Prefetches one head of later positions to the L2 cache.
INLINE void fetchLater(const HeadRows &rows, int D) {
  constexpr int POSITIONS_AHEAD = 16;
  if (rows.isCopy) return;
  for (int i = 0; i < rows.count; i++) {
    const float *row = rows.at + (POSITIONS_AHEAD + i) * rows.line;
    for (int d = 0; d < D; d += 64 / sizeof(float)) __builtin_prefetch(row + d, 0, 2);
  }
}

// Query heads whose products with keys are summed in registers together.
constexpr int QUERIES_AT_ONCE = LANES == 16 ? 4 : 2;

// Products of N keys with M queries, each read once: scores[m * scoreLine + i] (+)= query[m] . keys[i] *
// scale.
template <int N, int M>
INLINE void scoreTile(const float *query, const HeadRows &k, int D, float scale, bool isAdded, float *scores,
                      size_t scoreLine) {
  Vec total[M][N] = {};
  forRow(D, [&](int d, int n) {
    Vec keys[N];
#pragma GCC unroll 4
    for (int i = 0; i < N; i++) keys[i] = loadUpTo(k.at + i * k.line + d, n);
#pragma GCC unroll 4
    for (int m = 0; m < M; m++) {
      const Vec part = loadUpTo(query + m * D + d, n);
#pragma GCC unroll 4
      for (int i = 0; i < N; i++) total[m][i] += part * keys[i];
    }
  });
  for (int m = 0; m < M; m++) {
    float *to = scores + m * scoreLine;
    for (int i = 0; i < N; i++) to[i] = (isAdded ? to[i] : 0) + sum(total[m][i]) * scale;
  }
}

// scores[q * scoreLine + s] (+)= query[q] . keys[s][head of q] * scale.
ONCE void scoreKeys(const Heads &heads, const float *query, const HeadRows &keys, float scale, bool isAdded,
                    float *scores, size_t scoreLine) {
  const int D = heads.D, sharing = heads.sharing;
  const auto score = [&](int s, auto keysAtOnce) {
    constexpr int N = decltype(keysAtOnce)::value;
    for (int h = 0; h < heads.count; h++) {
      const HeadRows k{keys.at + s * keys.line + h * D, keys.line, N, keys.isCopy};
      fetchLater(k, D);
      int g = 0;
      const auto tile = [&](auto queriesAtOnce) {
        constexpr int M = decltype(queriesAtOnce)::value;
        const int q = h * sharing + g;
        scoreTile<N, M>(query + q * D, k, D, scale, isAdded, scores + q * scoreLine + s, scoreLine);
        g += M;
      };
      while (g + QUERIES_AT_ONCE <= sharing) tile(std::integral_constant<int, QUERIES_AT_ONCE>());
      if (g + 2 <= sharing) tile(std::integral_constant<int, 2>());
      if (g < sharing) tile(std::integral_constant<int, 1>());
    }
  };
  int s = 0;
  for (; s + 4 <= keys.count; s += 4) score(s, std::integral_constant<int, 4>());
  for (; s < keys.count; s++) score(s, std::integral_constant<int, 1>());
}

// Turns scores into attention weights.
inline void weighScores(float *scores, int count) {
  const float highest = rowMaximum(scores, count);
  float total = 0;
  forRow(count, [&](int s, int n) {
    const Vec weight = exponential(loadUpTo(scores + s, n) - highest);
    storeUpTo(scores + s, weight, n);
    for (int lane = 0; lane < n; lane++) total += weight[lane];
  });
  forRow(count, [&](int s, int n) { storeUpTo(scores + s, loadUpTo(scores + s, n) / total, n); });
}

// out[q] += sum of shares[q * shareLine + s] * values[s][head of q], where `out` is [queries, D]; a few
// positions at a time, and up to 64 columns of each head.
ONCE void addValues(const Heads &heads, const float *shares, size_t shareLine, const HeadRows &values,
                    float *out) {
  constexpr int VECTORS = LANES == 16 ? 4 : 8, AT_ONCE = 8;
  const int D = heads.D;
  const auto addHead = [&](const HeadRows &rows, const float *share, float *to) {
    int d = 0;
    for (; d + VECTORS * LANES <= D; d += VECTORS * LANES) {
      Vec read[VECTORS];
#pragma GCC unroll 8
      for (int i = 0; i < VECTORS; i++) read[i] = load(to + d + i * LANES);
      for (int r = 0; r < rows.count; r++) {
        const float *value = rows.at + r * rows.line + d;
#pragma GCC unroll 8
        for (int i = 0; i < VECTORS; i++) read[i] += share[r] * load(value + i * LANES);
      }
#pragma GCC unroll 8
      for (int i = 0; i < VECTORS; i++) store(to + d + i * LANES, read[i]);
    }
    for (; d < D; d += LANES) {
      const int n = D - d < LANES ? D - d : LANES;
      Vec read = loadUpTo(to + d, n);
      for (int r = 0; r < rows.count; r++) read += share[r] * loadUpTo(rows.at + r * rows.line + d, n);
      storeUpTo(to + d, read, n);
    }
  };
  for (int s = 0; s < values.count; s += AT_ONCE) {
    for (int h = 0; h < heads.count; h++) {
      const HeadRows rows{values.at + s * values.line + h * D, values.line,
                          values.count - s < AT_ONCE ? values.count - s : AT_ONCE, values.isCopy};
      fetchLater(rows, D);
      for (int q = h * heads.sharing; q < (h + 1) * heads.sharing; q++) {
        addHead(rows, shares + q * shareLine + s, out + q * D);
      }
    }
  }
}

// Rows of a ring buffer in the order of their positions: `count` from `first` on, then the rest from
// `wrapped` on.
struct CachedRows {
  const uint8_t *first, *wrapped;
  int count, rest;
};

constexpr int DISTANCES_AT_ONCE = 64;  // rows that are dequantized at a time, which stay in the L1 cache

// scores[s] += query . row * op.scale, where the last of `count` keys is distance 0 and has the last row of a
// head's `reach` rows of the table; keys beyond the reach of the table are left as they are.
inline void addDistances(const StepAttention &op, int head, const float *query, int D, int count,
                         float *memory, float *scores) {
  const int known = count < op.reach ? count : op.reach;
  size_t row = size_t(head + 1) * op.reach - known;
  scores += count - known;
  for (int s = 0; s < known; s += DISTANCES_AT_ONCE, row += DISTANCES_AT_ONCE) {
    const int n = known - s < DISTANCES_AT_ONCE ? known - s : DISTANCES_AT_ONCE;
    const float *rows = static_cast<const float *>(op.distances.stored.values) + row * D;
    if (op.distances.width != Width::f32) {
      for (int r = 0; r < n; r++) readRow(op.distances, row + r, memory + r * D);
      rows = memory;
    }
    scoreKeys({head, 1, D, 1}, query, {rows, size_t(D), n}, op.scale, true, scores + s, 0);
  }
}

// The number of groups that a feed completes.
inline int groupsOf(const StepFeed &feed, int group) {
  return group > 0 ? (feed.past + feed.count) / group - feed.past / group : 0;
}

// Rows that are read at once, so that their copies stay in the L1 cache.
INLINE int rowsAtOnce(const Heads &heads) {
  const int rows = DISTANCES_AT_ONCE / heads.count & ~3;
  return rows > 4 ? rows : 4;
}

// Floats of the copies of such rows, or of rows of distances.
inline size_t copyFloats(int heads, int D) {
  return size_t(D) * (4 * heads > DISTANCES_AT_ONCE ? 4 * heads : DISTANCES_AT_ONCE);
}

// Some heads of one slot in a layer of the cache, whose rows have those of all key heads: `line` bytes, from
// C floats.
struct CachedHeads {
  Heads heads;
  CacheLayout layout;
  Width format;
  size_t C, line;
  uint8_t *keys, *values;

  CachedHeads(const RunStep &step, int layer, int slot, const Heads &heads)
      : heads(heads), layout(step.layouts.items[layer]), format(step.cache) {
    C = keyWidth(*step.program);
    line = step.program->keyHeads * headBytes(format, heads.D);
    const int slots = step.keys.count / step.program->layers;
    const size_t first = heads.first * headBytes(format, heads.D);
    keys = step.keys.arrays[layer * slots + slot] + first;
    values = step.values.arrays[layer * slots + slot] + first;
  }

  // The offset of the heads in a row of floats, and that of the queries which read them.
  size_t offset() const { return size_t(heads.first) * heads.D; }
  size_t queryOffset() const { return offset() * heads.sharing; }

  size_t rowOf(int position) const { return size_t(position % layout.positionRows); }
  size_t memoryRow(int index) const { return layout.positionRows + size_t(index); }

  // Stores a key and a value in a row; a null value is left out.
  void store(size_t row, const float *key, const float *value) const {
    const size_t bytes = headBytes(format, heads.D);
    for (int head = 0; head < heads.count; head++) {
      const size_t from = size_t(head) * heads.D, to = row * line + head * bytes;
      encodeHead(format, key + from, heads.D, keys + to);
      if (value) encodeHead(format, value + from, heads.D, values + to);
    }
  }

  // The rows of positions [first, end).
  CachedRows positions(const uint8_t *rows, int first, int end) const {
    const int row = first % layout.positionRows, left = layout.positionRows - row;
    const int count = end - first < left ? end - first : left;
    return {rows + row * line, rows, count, end - first - count};
  }

  // Calls use(s, rows) with `count` rows as floats, some from row s on at a time: where they lie, or copies
  // in `memory`.
  template <class Use>
  INLINE void forFloats(const uint8_t *rows, int count, float *memory, const Use &use) const {
    if (format == Width::f32) {
      return use(0, HeadRows{reinterpret_cast<const float *>(rows), C, count});
    }
    const int most = rowsAtOnce(heads);
    for (int s = 0; s < count; s += most) {
      const int n = count - s < most ? count - s : most;
      decodeRows(format, {rows + s * line, line, n}, heads.count, heads.D, memory);
      use(s, HeadRows{memory, size_t(heads.count) * heads.D, n, true});
    }
  }
};

// Attention of one row to keys and values of the cache.
inline void readCached(const StepAttention &op, const CachedHeads &cache, const float *query,
                       const CachedRows &keys, const CachedRows &values, float *memory, float *out) {
  const Heads &heads = cache.heads;
  const int D = heads.D, seen = keys.count + keys.rest, queries = heads.queries();
  const size_t line = seen + LANES;
  float *scores = memory + copyFloats(heads.count, D);
  const auto score = [&](const uint8_t *rows, int count, float *to) {
    cache.forFloats(rows, count, memory, [&](int s, const HeadRows &read) {
      scoreKeys(heads, query, read, op.scale, false, to + s, line);
    });
  };
  score(keys.first, keys.count, scores);
  score(keys.wrapped, keys.rest, scores + keys.count);
  for (int q = 0; q < queries; q++) {
    const int head = heads.first * heads.sharing + q;
    addDistances(op, head, query + q * D, D, seen, memory, scores + q * line);
    if (op.cap > 0) capRow(scores + q * line, seen, op.cap);
    weighScores(scores + q * line, seen);
  }
  __builtin_memset(out, 0, size_t(queries) * D * sizeof(float));
  const auto add = [&](const uint8_t *rows, int count, const float *shares) {
    cache.forFloats(rows, count, memory,
                    [&](int s, const HeadRows &read) { addValues(heads, shares + s, line, read, out); });
  };
  add(values.first, values.count, scores);
  add(values.wrapped, values.rest, scores + values.count);
}

// The first position that a position sees.
inline int firstSeen(const StepAttention &op, int at) {
  const int first = op.window > 0  ? at - op.window + 1
                    : op.block > 0 ? (at / op.block - op.back) * op.block
                                   : 0;
  return first > 0 ? first : 0;
}

// Attention of some heads of one feed: stores its new keys and values in the cache, then attends from each
// of its rows.
inline void attendFeed(const RunStep &step, const StepAttention &op, const StepFeed &feed, const Heads &heads,
                       const float *qkv, float *read, float *memory) {
  const CachedHeads cache(step, op.layer, feed.slot, heads), twin(step, op.layer, feed.twin, heads);
  const size_t C = cache.C, line = qkvWidth(*step.program), readLine = queryWidth(*step.program);
  const float *rows = qkv + feed.firstRow * line;
  const auto store = [&](int t) {
    const float *key = rows + t * line + readLine + cache.offset();
    cache.store(cache.rowOf(feed.past + t), key, key + C);
  };
  for (int t = 0; t < feed.count && feed.prefix > 0; t++) store(t);
  for (int t = 0; t < feed.count; t++) {
    store(t);
    const int at = feed.past + t, end = at < feed.prefix ? feed.prefix : at + 1;
    const int first = firstSeen(op, at);
    // Shared positions are read in the twin's slot, which another feed has just brought into the cache of
    // the processor. Slots that share do not wrap: a position is its row.
    const auto rowsOf = [&](const uint8_t *own, const uint8_t *twins) -> CachedRows {
      if (feed.shared <= first) return cache.positions(own, first, end);
      return {twins + first * cache.line, own + feed.shared * cache.line, feed.shared - first,
              end - feed.shared};
    };
    readCached(op, cache, rows + t * line + cache.queryOffset(), rowsOf(cache.keys, twin.keys),
               rowsOf(cache.values, twin.values), memory,
               read + (feed.firstRow + t) * readLine + cache.queryOffset());
  }
}

// Values of a step that compressed attention reads beside qkv: the memory of groups, the first of them this
// feed's, and the inputs of its rows where these are what is compressed.
struct StepMemory {
  const float *keys, *values;
  size_t line;
  const float *input;
};

// attendFeed of compressed attention, whose keys have a head for each query: stores in the cache what is
// compressed and the memory that is made of it, then attends to the memory.
inline void attendFeedToMemory(const RunStep &step, const StepAttention &op, const StepFeed &feed,
                               const Heads &heads, const float *qkv, const StepMemory &made, float *read,
                               float *memory) {
  const CachedHeads cache(step, op.layer, feed.slot, heads);
  const int group = op.memory.group;
  const size_t C = cache.C;
  const float *query = qkv + feed.firstRow * 3 * C + cache.offset();
  for (int t = 0; t < feed.count; t++) {
    const float *row = query + t * 3 * C;
    const size_t to = cache.rowOf(feed.past + t);
    if (made.input) {
      cache.store(to, made.input + (feed.firstRow + t) * C + cache.offset(), nullptr);
    } else {
      cache.store(to, row + C, row + 2 * C);
    }
  }
  if (feed.past == 0) cache.store(cache.memoryRow(0), query + C, query + 2 * C);
  for (int i = 0; i < groupsOf(feed, group); i++) {
    const size_t from = i * made.line + cache.offset();
    cache.store(cache.memoryRow(1 + feed.past / group + i), made.keys + from, made.values + from);
  }
  for (int t = 0; t < feed.count; t++) {
    const int seen = 1 + (feed.past + t) / group;
    const size_t first = cache.memoryRow(0) * cache.line;
    readCached(op, cache, query + t * 3 * C, {cache.keys + first, nullptr, seen, 0},
               {cache.values + first, nullptr, seen, 0}, memory,
               read + (feed.firstRow + t) * C + cache.offset());
  }
}

// Copies the positions of a group that a feed completes side by side; those of earlier steps come from the
// cache.
inline void gatherGroup(const RunStep &step, const StepGroups &op, const StepFeed &feed, int number,
                        const float *rows, float *out) {
  const CachedHeads cache(step, op.layer, feed.slot, {0, step.program->heads, step.program->headDim, 1});
  const size_t C = cache.C;
  const uint8_t *kept = op.column == static_cast<int>(2 * C) ? cache.values : cache.keys;
  const int first = (feed.past / op.group + number) * op.group;
  for (int i = 0; i < op.group; i++, out += C) {
    const int t = first + i - feed.past;
    if (t < 0) {
      decodeRows(cache.format, {kept + cache.rowOf(first + i) * cache.line, 0, 1}, cache.heads.count,
                 cache.heads.D, out);
    } else {
      __builtin_memcpy(out, rows + size_t(feed.firstRow + t) * op.in + op.column, C * sizeof(float));
    }
  }
}

}  // namespace ramble::RAMBLE_ISA
