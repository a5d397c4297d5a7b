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
// Of weights, by which all rows of x go before the next: these and the next fit the L2 cache.
constexpr size_t L2_BYTES = 96 << 10;

// Rows of weights of a task.
inline int logitsAtOnce(int vocabulary, int threads) {
  const int share = ceilDivide(vocabulary, 8 * threads);
  return ceilDivide(share < 64 ? share : 64, BY_ROWS) * BY_ROWS;
}

// What is prefetched to the L2 cache, `bytes` for each `sizeof(Vec)` bytes that are read of a row of weights.
struct Fetched {
  const char *next;
  size_t bytes;

  // AMD's processors drop prefetches when many are under way: with TWICE each line is asked for a page
  // before, too.
  template <bool TWICE>
  INLINE void fetch() {
    for (size_t byte = 0; byte < bytes; byte += 64) {
      if (TWICE) __builtin_prefetch(next + byte + 4096, 0, 2);
      __builtin_prefetch(next + byte, 0, 2);
    }
    next += bytes;
  }
};

// M rows of x, or those that are left, by N of weights; the results are entries of y from v on, as far apart
// as the rows.
template <int M, int N, class Rows>
ONCE void dotRows(const Logits &p, int i, const Rows &rows, int v, Fetched &fetched) {
  constexpr int SUMS = M * N, FETCH_COLS = LANES * sizeof(float) / sizeof(*rows.entries);
  const int columns = p.weights.columns, left = p.count - i < M ? p.count - i : M;
  Vec total[SUMS] = {};
  const float *x[M];
  for (int m = 0; m < M; m++) x[m] = p.x + size_t(i + (m < left ? m : 0)) * columns;
  const auto add = [&](int k, int count) __attribute__((always_inline)) {
    Vec weights[N];
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) weights[n] = rows.upTo(n, k, count) * rows.scale(n, k);
#pragma GCC unroll 4
    for (int m = 0; m < M; m++) {
      const Vec entries = inRegister(loadUpTo(x[m] + k, count));
#pragma GCC unroll 4
      for (int n = 0; n < N; n++) total[m * N + n] += entries * weights[n];
    }
  };
  forRow(columns, [&](int k, int count) __attribute__((always_inline)) {
    if (k % FETCH_COLS == 0) fetched.fetch<(M > 1)>();
    add(k, count);
  });
  float y[SUMS];
  sumEach<SUMS>(total, y);
#pragma GCC unroll 1
  for (int m = 0; m < left; m++) {
    for (int n = 0; n < N; n++) p.y[size_t(i + m) * p.vocabulary + v + n * rows.apart] = y[m * N + n];
  }
}

// The only row of x by rows [v, end) of weights, which are read in one run. Where vectors hold few bytes of
// weights, one sum at a time would be slower than memory: four rows are taken together, a quarter of all
// apart where the processor foresees runs: it does not follow those that are close to each other.
ONCE void dotOne(const Logits &p, int v, int end) {
  withRows(p.weights, v, [&](const auto &first) {
    using Rows = std::decay_t<decltype(first)>;
    constexpr size_t ENTRY = sizeof(*first.entries);
    const bool isForeseen = Rows::isForeseen();
    const auto run = [&](auto count, int row, int apart) __attribute__((always_inline)) {
      Fetched fetched{addressOf(p.weights, row + first.ahead(), 0), isForeseen ? 0 : count * sizeof(Vec)};
      dotRows<1, count>(p, 0, Rows(p.weights, row, apart), row, fetched);
    };
    if constexpr (LANES * ENTRY < 32) {
      const int quarter = (end - v) / 4;
      const int apart = isForeseen ? quarter : 1, next = isForeseen ? 1 : 4;
      for (int i = 0; i < quarter; i++) run(std::integral_constant<int, 4>(), v + i * next, apart);
      v += 4 * quarter;
    }
    for (; v < end; v++) run(std::integral_constant<int, 1>(), v, 1);
  });
}

// All rows of x by rows [v, end) of weights. The L1 cache holds a few rows of x and of weights, so the next
// rows of weights are prefetched to the L2 cache, evenly, so that memory is never idle.
ONCE void dotMany(const Logits &p, int v, int end) {
  withRows(p.weights, v, [&](const auto &first) {
    using Rows = std::decay_t<decltype(first)>;
    Fetched fetched{addressOf(p.weights, end, 0), BY_ROWS * sizeof(Vec) / ceilDivide(p.count, LOGIT_ROWS)};
    const int tail = end - (end - v) % BY_ROWS;
    for (int i = 0; i < p.count; i += LOGIT_ROWS) {
      for (int r = v; r < tail; r += BY_ROWS) {
        dotRows<LOGIT_ROWS, BY_ROWS>(p, i, Rows(p.weights, r), r, fetched);
      }
    }
    fetched.bytes = 0;
    for (int r = tail; r < end; r++) {
      for (int i = 0; i < p.count; i++) dotRows<1, 1>(p, i, Rows(p.weights, r), r, fetched);
    }
  });
}

inline void logits(const Logits &p, int task) {
  const int atOnce = logitsAtOnce(p.vocabulary, p.threads);
  const int first = task * atOnce, end = first + atOnce < p.vocabulary ? first + atOnce : p.vocabulary;
  if (p.count == 1) {
    dotOne(p, first, end);
  } else {
    const int blocks = ceilDivide((end - first) * p.weights.columns * entryBytes(p.weights), L2_BYTES);
    const int rows = ceilDivide(ceilDivide(end - first, blocks), BY_ROWS) * BY_ROWS;
    for (int v = first; v < end; v += rows) dotMany(p, v, v + rows < end ? v + rows : end);
  }
  for (int i = 0; i < p.count && p.cap > 0; i++)
    capRow(p.y + size_t(i) * p.vocabulary + first, end - first, p.cap);
}

}  // namespace ramble::RAMBLE_ISA
