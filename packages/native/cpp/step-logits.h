// y[i, v] = x[i] . weights[v]: scalar products with the rows of the token embedding. Bits do not depend
// on how many rows of x there are.
#pragma once

#include "weights.h"

namespace ramble::RAMBLE_ISA {

struct Logits {
  int count;       // rows of x
  const float *x;  // [count, weights.columns]
  const Weights &weights;
  int vocabulary;  // rows of weights
  float *y;        // [count, vocabulary]
  int threads;     // of the caller: those that help have a number of their own
};

constexpr int MANY_BY = LANES == 16 ? 4 : 2;  // by four: as many sums as the registers hold
constexpr int FEW_LOGITS = 8;                 // rows of x that go by each row of weights as it passes

// Rows of weights of a task.
inline int logitsAtOnce(int vocabulary, int threads) {
  const int share = ceilDivide(vocabulary, 8 * threads);
  return ceilDivide(share < 64 ? share : 64, MANY_BY) * MANY_BY;
}

// M rows of x, or those that are left, by N of weights, while memory is asked for later ones; the results are entries
// [v, v + N) of y.
template <int M, int N, class Rows>
INLINE void dotRows(const Logits &p, int i, const Rows &rows, int v) {
  Vec total[M][N] = {};
  const float *x[M];
  const int left = p.count - i < M ? p.count - i : M;
  for (int m = 0; m < M; m++) x[m] = p.x + size_t(i + (m < left ? m : 0)) * p.weights.columns;
  const size_t ahead = N - 1 + rows.ahead();
  forRow(p.weights.columns, [&](int k, int count) {
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) {
      if (k % GROUP == 0) rows.template fetch<3>(n + ahead, k);
      const Vec weight = rows.upTo(n, k, count) * rows.scale(n, k);
#pragma GCC unroll 8
      for (int m = 0; m < M; m++) total[m][n] += loadUpTo(x[m] + k, count) * weight;
    }
  });
  Vec sums[M][N];  // in memory, so that one loop adds them up
  __builtin_memcpy(sums, total, sizeof sums);
#pragma GCC unroll 1
  for (int m = 0; m < left; m++) {
#pragma GCC unroll 1
    for (int n = 0; n < N; n++) p.y[size_t(i + m) * p.vocabulary + v + n] = sum(sums[m][n]);
  }
}

// All rows of x by rows [v, end) of weights, which are read in one run but where memory is not what takes longest. One
// sum after the other takes longer where vectors hold few bytes of weights: there one row of x goes by four at a time.
// And many rows of x leave the L1 cache no room: with AVX-512, where registers hold the sums, two rows of weights in 16
// or 8 bits go by each of their vectors.
ONCE void dotFew(const Logits &p, int v, int end) {
  withRows(p.weights, v, [&](const auto &first) {
    using Rows = std::decay_t<decltype(first)>;
    constexpr int MOST = LANES == 16 ? 4 : FEW_LOGITS;
    if constexpr (LANES * sizeof(*first.entries) < 32) {
      for (; p.count == 1 && v + 4 <= end; v += 4) dotRows<1, 4>(p, 0, Rows(p.weights, v), v);
    }
    if constexpr (LANES == 16 && sizeof(*first.entries) < sizeof(float)) {
      for (; p.count > MOST && v + 2 <= end; v += 2) dotRows<FEW_LOGITS, 2>(p, 0, Rows(p.weights, v), v);
    }
    for (; v < end; v++) {
      const Rows rows(p.weights, v);
      for (int i = 0; i < p.count; i += MOST) {
        const int left = p.count - i;
        if (MOST > 4 && left > 4) {
          dotRows<MOST, 1>(p, i, rows, v);
        } else if (left > 1) {
          dotRows<4, 1>(p, i, rows, v);
        } else {
          dotRows<1, 1>(p, i, rows, v);
        }
      }
    }
  });
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
  if (p.count <= FEW_LOGITS) return dotFew(p, v, end);
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
