// Matrix products and what is made of them: linear layers, embeddings, the loss.
#pragma once

#include "dispatch/dispatch.h"
#include "numbers.h"

namespace ramble {

// Two products of which the second has a matrix of its own on the left alone.
inline Floats matMulCase(int m, int n, int k, bool transposeA, bool transposeB, bool hasEpilogue,
                         bool bf16 = false) {
  const Floats a = noise(2 * size_t(m) * k, 1), b = noise(size_t(k) * n, 2), bias = noise(n, 3);
  Floats c(2 * size_t(m) * n), activated(hasEpilogue ? c.size() : 0);
  kernels().matMul({.batch = 2,
                    .m = m,
                    .n = n,
                    .k = k,
                    .a = a.data(),
                    .b = b.data(),
                    .transposeA = transposeA,
                    .transposeB = transposeB,
                    .aStep = size_t(m) * k,
                    .bStep = 0,
                    .bf16 = bf16,
                    .bias = hasEpilogue ? bias.data() : nullptr,
                    .c = c.data(),
                    .activated = hasEpilogue ? activated.data() : nullptr});
  return c + activated;
}

inline Floats linearGradCase(int rows, int in, int out, bool hasGelu, bool hasBias, bool bf16 = false) {
  const Floats dy = noise(size_t(rows) * out, 1), x = noise(size_t(rows) * in, 2);
  const Floats weight = noise(size_t(in) * out, 3), sum = noise(size_t(rows) * out, 4);
  Floats dx(x.size()), dWeight(weight.size()), dBias(hasBias ? out : 0);
  kernels().linearGrad({.rows = rows,
                        .in = in,
                        .out = out,
                        .dy = dy.data(),
                        .x = x.data(),
                        .weight = weight.data(),
                        .sum = hasGelu ? sum.data() : nullptr,
                        .bf16 = bf16,
                        .dx = dx.data(),
                        .dWeight = dWeight.data(),
                        .dBias = hasBias ? dBias.data() : nullptr});
  return dx + dWeight + dBias;
}

inline Floats embeddingCase(int count, int width, int rows) {
  const Floats table = noise(size_t(rows) * width, 1);
  const Ints ids = idsBelow(rows, count);
  Floats y(size_t(count) * width), dTable(table.size());
  kernels().gather({.count = count, .width = width, .ids = ids.data(), .table = table.data(), .y = y.data()});
  kernels().scatterAdd({.count = count,
                        .width = width,
                        .rows = rows,
                        .ids = ids.data(),
                        .dy = y.data(),
                        .dTable = dTable.data()});
  return y + dTable;
}

inline Floats crossEntropyCase(int rows, int width, int vocabulary, bool hasGradient, float cap = 0,
                               bool bf16 = false, float rDrop = 0) {
  const Floats hidden = noise(size_t(rows) * width, 1), weights = noise(rows, 3);
  const Floats projection = noise(size_t(vocabulary) * width, 2);
  const Ints targets = idsBelow(vocabulary, rows);
  Floats perPosition(rows), dHidden(hidden.size()), dProjection(projection.size());
  Floats loss(1);
  kernels().crossEntropy({.rows = rows,
                          .width = width,
                          .vocabulary = vocabulary,
                          .hidden = hidden.data(),
                          .projection = projection.data(),
                          .targets = targets.data(),
                          .weights = weights.data(),
                          .targetShare = 0.9f,
                          .otherShare = 0.01f,
                          .entropy = 0.1f,
                          .zLoss = 0.01f,
                          .rDrop = rDrop,
                          .cap = cap,
                          .bf16 = bf16,
                          .loss = loss.data(),
                          .perPosition = perPosition.data(),
                          .dHidden = hasGradient ? dHidden.data() : nullptr,
                          .dProjection = hasGradient ? dProjection.data() : nullptr});
  return perPosition + dHidden + dProjection + loss;
}

}  // namespace ramble
