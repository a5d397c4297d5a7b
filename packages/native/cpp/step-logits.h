// y[i, v] = x[i] . weights[v]: scalar products with the rows of the token embedding. Bits do not depend
// on how many rows of x there are.
#pragma once

#include "weights.h"

namespace ramble::RAMBLE_ISA {

struct Logits {
  int count;            // rows of x that are wanted
  const int32_t *rows;  // [count]
  const float *x;       // [.., weights.columns]
  const Weights &weights;
  int vocabulary;  // rows of weights
  float *y;        // [count, vocabulary]
  int threads;     // of the caller: those that help have a number of their own
};

constexpr int VOCABULARY_ROWS = 4;                   // at a time, by one row of x
constexpr int MANY_BY = LANES == 16 ? 4 : 2;         // by four: as many sums as the registers hold

// Rows of weights of a task.
inline int logitsAtOnce(int vocabulary, int threads) {
  const int share = ceilDivide(vocabulary, 8 * threads);
  return ceilDivide(share < 64 ? share : 64, VOCABULARY_ROWS) * VOCABULARY_ROWS;
}

// M rows of x by N of weights; the latter become entries [v, v + N) of y.
template <int M, int N, class Rows>
INLINE void dotRows(const Logits &p, int i, const Rows &rows, int v) {
  Vec total[M][N] = {};
  const float *x[M];
  for (int m = 0; m < M; m++) x[m] = p.x + size_t(p.rows[i + m]) * p.weights.columns;
  forRow(p.weights.columns, [&](int k, int count) {
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) {
      rows.fetch(N + n, k);
      const Vec weight = rows.upTo(n, k, count) * rows.scale(n, k);
#pragma GCC unroll 4
      for (int m = 0; m < M; m++) total[m][n] += loadUpTo(x[m] + k, count) * weight;
    }
  });
  for (int m = 0; m < M; m++) {
    for (int n = 0; n < N; n++) p.y[size_t(i + m) * p.vocabulary + v + n] = sum(total[m][n]);
  }
}

template <int N>
ONCE void dotOne(const Logits &p, int v) {
  withRows(p.weights, v, [&](const auto &rows) { dotRows<1, N>(p, 0, rows, v); });
}

// Rows of x by N rows of weights in 32 bits, the first of them `row`.
template <int N>
ONCE void dotMany(const Logits &p, const Weights &wide, int row, int v) {
  const WeightRows<Width::f32> rows(wide, row);
  int i = 0;
  if constexpr (N > 1) {
    for (; i + 4 <= p.count; i += 4) dotRows<4, N>(p, i, rows, v);
  }
  for (; i < p.count; i++) dotRows<1, N>(p, i, rows, v);
}

inline void logits(const Logits &p, int task, float *memory) {
  const int atOnce = logitsAtOnce(p.vocabulary, p.threads), columns = p.weights.columns;
  const int end = (task + 1) * atOnce < p.vocabulary ? (task + 1) * atOnce : p.vocabulary;
  int v = task * atOnce;
  if (p.count == 1) {
    for (; v + VOCABULARY_ROWS <= end; v += VOCABULARY_ROWS) dotOne<VOCABULARY_ROWS>(p, v);
    for (; v < end; v++) dotOne<1>(p, v);
    return;
  }
  const bool isWide = p.weights.width == Width::f32;
  const Weights widened{Width::f32, columns, memory, nullptr};
  while (v < end) {
    const int count = end - v < MANY_BY ? 1 : MANY_BY;
    for (int r = 0; !isWide && r < count; r++) readRow(p.weights, v + r, memory + size_t(r) * columns);
    const Weights &wide = isWide ? p.weights : widened;
    const int row = isWide ? v : 0;
    if (count == 1) {
      dotMany<1>(p, wide, row, v);
    } else {
      dotMany<MANY_BY>(p, wide, row, v);
    }
    v += count;
  }
}

}  // namespace ramble::RAMBLE_ISA
