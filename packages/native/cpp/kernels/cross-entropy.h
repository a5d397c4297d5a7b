// Cross-entropy of hidden states. The logits are computed a few rows at a time in scratch memory, and the
// gradients with them, so that nothing as wide as the vocabulary is kept.
#pragma once

#include "ops/ops.gen.h"
#include "products/gemm.h"
#include "vectors/cap.h"

namespace ramble::RAMBLE_ISA {

// Maximum number of logits in scratch memory, 64 MB; minimum 64 rows.
constexpr size_t LOGITS_AT_ONCE = size_t(1) << 24;

// Computes the loss of a row, and writes the gradient of its logits over them.
inline float crossEntropyRow(const CrossEntropy &p, int row, float *logits) {
  const int V = p.vocabulary, target = p.targets[row];
  if (p.cap > 0) capRow(logits, V, p.cap);
  const float most = rowMaximum(logits, V), targetLogit = logits[target];
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
  if (p.dHidden) {
    const float weight = p.weights[row], growth = 1 + 2 * p.zLoss * logSumExp;
    for (int j = 0; j < V; j += LANES) {
      const int n = V - j < LANES ? V - j : LANES;
      const Vec logit = loadUpTo(logits + j, n);
      const Vec d = weight * (growth * exponential(logit - logSumExp) - p.otherShare);
      storeUpTo(logits + j, p.cap > 0 ? d * capDerivative(logit, p.cap) : d, n);
    }
    const float steepness = p.cap > 0 ? capDerivative(broadcast(targetLogit), p.cap)[0] : 1;
    logits[target] -= weight * (p.targetShare - p.otherShare) * steepness;
  }
  return loss;
}

inline bool crossEntropy(const CrossEntropy &p) {
  const size_t V = p.vocabulary, C = p.width;
  size_t rowsAtOnce = LOGITS_AT_ONCE / V < 64 ? 64 : LOGITS_AT_ONCE / V;
  if (rowsAtOnce > size_t(p.rows)) rowsAtOnce = p.rows;
  float *logits = scratch(Scratch::work, rowsAtOnce * V);
  if (!logits) return false;
  for (int i = 0; i < p.rows; i += static_cast<int>(rowsAtOnce)) {
    const int rows = p.rows - i < int(rowsAtOnce) ? p.rows - i : int(rowsAtOnce);
    const float *hidden = p.hidden + i * C;
    if (!gemm({rows, p.vocabulary, p.width, hidden, C, false, p.projection, C, true, logits, V, false,
               nullptr, nullptr, p.bf16})) {
      return false;
    }
    const int share = 1 + static_cast<int>(CHUNK / V);
    parallel(ceilDivide(rows, share), [&](int task, int) {
      const int end = (task + 1) * share < rows ? (task + 1) * share : rows;
      for (int row = task * share; row < end; row++) {
        p.perPosition[i + row] = crossEntropyRow(p, i + row, logits + row * V);
      }
    });
    if (!p.dHidden) continue;
    if (!gemm({rows, p.width, p.vocabulary, logits, V, false, p.projection, C, false, p.dHidden + i * C, C,
               false, nullptr, nullptr, p.bf16}) ||
        (p.dProjection && !gemm({p.vocabulary, p.width, rows, logits, V, true, hidden, C, false,
                                 p.dProjection, C, i > 0, nullptr, nullptr, p.bf16}))) {
      return false;
    }
  }
  double loss = 0;
  for (int row = 0; row < p.rows; row++) loss += static_cast<double>(p.weights[row]) * p.perPosition[row];
  *p.loss = loss;
  return true;
}

}  // namespace ramble::RAMBLE_ISA
