// y[i, v] = x[i] . weights[v]: scalar products with the rows of the token embedding. Bits do not depend
// on how many rows of x there are.
#pragma once

#include "decoding/weights.h"
#include "vectors/cap.h"

namespace ramble::RAMBLE_ISA {

struct Logits {
  int count;       // rows of x
  const float *x;  // [count, weights.columns]
  const Weights &weights;
  int vocabulary;  // rows of weights
  float *y;        // [count, vocabulary]
  float cap;       // of y, 0 for none
  int threads;     // of the caller: those that help have a number of their own
};

constexpr int LOGIT_ROWS = 4;                 // of x
constexpr int BY_ROWS = LANES == 16 ? 4 : 2;  // of weights: as many sums as the registers hold
constexpr int ROWS_FROM_L2 = 16;              // of weights, by which all rows of x go before the next

// Rows of weights of a task.
inline int logitsAtOnce(int vocabulary, int threads) {
  const int share = ceilDivide(vocabulary, 8 * threads);
  return ceilDivide(share < 64 ? share : 64, BY_ROWS) * BY_ROWS;
}

// M rows of x, or those that are left, by N of weights; the results are entries of y from v on, as far apart
// as the rows. Each group of columns begins with fetch(k).
template <int M, int N, class Rows, class Fetch>
INLINE void dotRows(const Logits &p, int i, const Rows &rows, int v, const Fetch &fetch) {
  Vec total[M][N] = {};
  const float *x[M];
  const int left = p.count - i < M ? p.count - i : M;
  for (int m = 0; m < M; m++) x[m] = p.x + size_t(i + (m < left ? m : 0)) * p.weights.columns;
  forRow(p.weights.columns, [&](int k, int count) {
    if (k % GROUP == 0) fetch(k);
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) {
      const Vec weight = rows.upTo(n, k, count) * rows.scale(n, k);
#pragma GCC unroll 4
      for (int m = 0; m < M; m++) total[m][n] += loadUpTo(x[m] + k, count) * weight;
    }
  });
  Vec sums[M][N];  // in memory, so that one loop can add them up
  __builtin_memcpy(sums, total, sizeof sums);
#pragma GCC unroll 1
  for (int m = 0; m < left; m++) {
#pragma GCC unroll 1
    for (int n = 0; n < N; n++) p.y[size_t(i + m) * p.vocabulary + v + n * rows.apart] = sum(sums[m][n]);
  }
}

// The only row of x by N rows of weights, with later ones prefetched.
template <int N, class Rows>
INLINE void dotRun(const Logits &p, const Rows &rows, int v) {
  const size_t ahead = N - 1 + rows.ahead();
  const bool isForeseen = rows.isForeseen();
  // Inlined, because GCC drops the calls of a function that does nothing but prefetch.
  dotRows<1, N>(p, 0, rows, v, [&](int k) __attribute__((always_inline)) {
    if (isForeseen) return;
    for (int n = 0; n < N; n++) rows.fetch(n + ahead, k);
  });
}

// The only row of x by rows [v, end) of weights, which are read in one run. Where vectors hold few bytes of
// weights, one sum at a time would be slower than memory: four rows are taken together, a quarter of all
// apart where the processor foresees runs: it does not follow those that are close to each other.
ONCE void dotOne(const Logits &p, int v, int end) {
  withRows(p.weights, v, [&](const auto &first) {
    using Rows = std::decay_t<decltype(first)>;
    if constexpr (LANES * sizeof(*first.entries) < 32) {
      const int quarter = (end - v) / 4;
      const int apart = Rows::isForeseen() ? quarter : 1, next = Rows::isForeseen() ? 1 : 4;
      for (int i = 0; i < quarter; i++) dotRun<4>(p, Rows(p.weights, v + i * next, apart), v + i * next);
      v += 4 * quarter;
    }
    for (; v < end; v++) dotRun<1>(p, Rows(p.weights, v), v);
  });
}

// All rows of x by rows [v, end) of weights. The L1 cache holds a few rows of x and of weights, so the next
// rows of weights are prefetched to the L2 cache, evenly, so that memory is never idle.
ONCE void dotMany(const Logits &p, int v, int end) {
  withRows(p.weights, v, [&](const auto &first) {
    using Rows = std::decay_t<decltype(first)>;
    const char *next = addressOf(p.weights, end, 0);
    const size_t bytes = BY_ROWS * GROUP * entryBytes(p.weights) / ceilDivide(p.count, LOGIT_ROWS);
    const auto fetchNext = [&](int) {
      for (size_t byte = 0; byte < bytes; byte += 64) __builtin_prefetch(next + byte, 0, 2);
      next += bytes;
    };
    const int tail = end - (end - v) % BY_ROWS;
    for (int i = 0; i < p.count; i += LOGIT_ROWS) {
      for (int r = v; r < tail; r += BY_ROWS) {
        dotRows<LOGIT_ROWS, BY_ROWS>(p, i, Rows(p.weights, r), r, fetchNext);
      }
    }
    for (int r = tail; r < end; r++) {
      for (int i = 0; i < p.count; i++) dotRows<1, 1>(p, i, Rows(p.weights, r), r, [](int) {});
    }
  });
}

inline void logits(const Logits &p, int task) {
  const int atOnce = logitsAtOnce(p.vocabulary, p.threads);
  const int first = task * atOnce, end = first + atOnce < p.vocabulary ? first + atOnce : p.vocabulary;
  if (p.count == 1) {
    dotOne(p, first, end);
  } else {
    for (int v = first; v < end; v += ROWS_FROM_L2)
      dotMany(p, v, v + ROWS_FROM_L2 < end ? v + ROWS_FROM_L2 : end);
  }
  for (int i = 0; i < p.count && p.cap > 0; i++)
    capRow(p.y + size_t(i) * p.vocabulary + first, end - first, p.cap);
}

}  // namespace ramble::RAMBLE_ISA
