// Cross-entropy of hidden states. The logits are computed a few rows at a time in scratch memory, and the
// gradients with them, so that nothing as wide as the vocabulary is kept.
#pragma once

#include "ops/ops.gen.h"
#include "products/gemm.h"
#include "vectors/cap.h"

namespace ramble::RAMBLE_ISA {

// Maximum number of logits in scratch memory, 64 MB; minimum 64 rows.
constexpr size_t LOGITS_AT_ONCE = size_t(1) << 24;

// A row's logits, whose place the gradient takes, and its loss.
struct LossRow {
  int row;
  float *logits;
  float targetLogit, logSumExp, loss;
};

inline LossRow lossOfRow(const CrossEntropy &p, int row, float *logits) {
  const int V = p.vocabulary;
  if (p.cap > 0) capRow(logits, V, p.cap);
  const float most = rowMaximum(logits, V), targetLogit = logits[p.targets[row]];
  Vec exponentials{}, plain{};
  for (int j = 0; j < V; j += LANES) {
    const int n = V - j < LANES ? V - j : LANES;
    Vec x = loadUpTo(logits + j, n);
    if (p.otherShare > 0) plain += x;
    if (n < LANES) {
      for (int lane = n; lane < LANES; lane++) x[lane] = -__builtin_inff();
    }
    exponentials += exponential(x - most);
  }
  const float logSumExp = most + logarithm(broadcast(sum(exponentials)))[0];
  float loss = logSumExp - targetLogit * (p.targetShare - p.otherShare) - p.entropy;
  if (p.otherShare > 0) loss -= p.otherShare * sum(plain);
  if (p.zLoss > 0) loss += p.zLoss * logSumExp * logSumExp;
  return {row, logits, targetLogit, logSumExp, loss};
}

// The gradient of logits of a row; `apart` is what another row's probabilities add to it.
INLINE Vec gradientOfLogits(const CrossEntropy &p, const LossRow &r, Vec logit, Vec apart) {
  const float weight = p.weights[r.row], growth = 1 + 2 * p.zLoss * r.logSumExp;
  const Vec d = weight * (growth * exponential(logit - r.logSumExp) - p.otherShare + apart);
  return p.cap > 0 ? d * capDerivative(logit, p.cap) : d;
}

inline void addTargetGradient(const CrossEntropy &p, const LossRow &r) {
  const float steepness = p.cap > 0 ? capDerivative(broadcast(r.targetLogit), p.cap)[0] : 1;
  r.logits[p.targets[r.row]] -= p.weights[r.row] * (p.targetShare - p.otherShare) * steepness;
}

inline void crossEntropyRow(const CrossEntropy &p, int row, float *logits) {
  const LossRow r = lossOfRow(p, row, logits);
  p.perPosition[row] = r.loss;
  if (!p.dHidden) return;
  forRow(p.vocabulary, [&](int j, int n) {
    storeUpTo(logits + j, gradientOfLogits(p, r, loadUpTo(logits + j, n), Vec{}), n);
  });
  addTargetGradient(p, r);
}

// Computes the loss of a row and of the row rows / 2 away, whose probabilities should be the same, and their
// gradients.
inline void crossEntropyPair(const CrossEntropy &p, int row, float *logits, float *otherLogits) {
  const LossRow a = lossOfRow(p, row, logits), b = lossOfRow(p, row + p.rows / 2, otherLogits);
  Vec fromA{}, fromB{};
  forRow(p.vocabulary, [&](int j, int n) {
    const Vec x = loadUpTo(a.logits + j, n) - a.logSumExp, y = loadUpTo(b.logits + j, n) - b.logSumExp;
    Vec ofA = exponential(x) * (x - y), ofB = exponential(y) * (y - x);
    for (int lane = n; lane < LANES; lane++) ofA[lane] = ofB[lane] = 0;
    fromA += ofA;
    fromB += ofB;
  });
  const float divergenceA = sum(fromA), divergenceB = sum(fromB);
  const float apart = p.rDrop / 4 * (divergenceA + divergenceB);
  p.perPosition[a.row] = a.loss + apart;
  p.perPosition[b.row] = b.loss + apart;
  if (!p.dHidden) return;
  forRow(p.vocabulary, [&](int j, int n) {
    const Vec logitA = loadUpTo(a.logits + j, n), logitB = loadUpTo(b.logits + j, n);
    const Vec x = logitA - a.logSumExp, y = logitB - b.logSumExp;
    const Vec pA = exponential(x), pB = exponential(y);
    const Vec apartA = p.rDrop / 2 * (pA * (x - y - divergenceA) + pA - pB);
    const Vec apartB = p.rDrop / 2 * (pB * (y - x - divergenceB) + pB - pA);
    storeUpTo(a.logits + j, gradientOfLogits(p, a, logitA, apartA), n);
    storeUpTo(b.logits + j, gradientOfLogits(p, b, logitB, apartB), n);
  });
  addTargetGradient(p, a);
  addTargetGradient(p, b);
}

inline bool crossEntropy(const CrossEntropy &p) {
  const size_t V = p.vocabulary, C = p.width;
  const int halves = p.rDrop > 0 ? 2 : 1, rowsOfHalf = p.rows / halves;
  size_t rowsAtOnce = LOGITS_AT_ONCE / V < 64 ? 64 : LOGITS_AT_ONCE / V;
  if (rowsAtOnce > size_t(rowsOfHalf)) rowsAtOnce = rowsOfHalf;
  float *logits = scratch(Scratch::work, halves * rowsAtOnce * V);
  if (!logits) return false;
  for (int i = 0; i < rowsOfHalf; i += static_cast<int>(rowsAtOnce)) {
    const int rows = rowsOfHalf - i < int(rowsAtOnce) ? rowsOfHalf - i : int(rowsAtOnce);
    for (int half = 0; half < halves; half++) {
      const float *hidden = p.hidden + (i + half * rowsOfHalf) * C;
      if (!gemm({rows, p.vocabulary, p.width, hidden, C, false, p.projection, C, true,
                 logits + half * rows * V, V, false, nullptr, nullptr, p.bf16})) {
        return false;
      }
    }
    const int share = 1 + static_cast<int>(CHUNK / V);
    parallel(ceilDivide(rows, share), [&](int task, int) {
      const int end = (task + 1) * share < rows ? (task + 1) * share : rows;
      for (int row = task * share; row < end; row++) {
        if (halves == 1) {
          crossEntropyRow(p, i + row, logits + row * V);
        } else {
          crossEntropyPair(p, i + row, logits + row * V, logits + (rows + row) * V);
        }
      }
    });
    if (!p.dHidden) continue;
    for (int half = 0; half < halves; half++) {
      const size_t first = (i + half * rowsOfHalf) * C;
      const float *gradient = logits + half * rows * V;
      if (!gemm({rows, p.width, p.vocabulary, gradient, V, false, p.projection, C, false, p.dHidden + first,
                 C, false, nullptr, nullptr, p.bf16}) ||
          (p.dProjection && !gemm({p.vocabulary, p.width, rows, gradient, V, true, p.hidden + first, C, false,
                                   p.dProjection, C, i + half > 0, nullptr, nullptr, p.bf16}))) {
        return false;
      }
    }
  }
  double loss = 0;
  for (int row = 0; row < p.rows; row++) loss += static_cast<double>(p.weights[row]) * p.perPosition[row];
  *p.loss = loss;
  return true;
}

}  // namespace ramble::RAMBLE_ISA
