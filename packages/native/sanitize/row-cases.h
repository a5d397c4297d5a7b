// Kernels that take each row by itself, forward and backward.
#pragma once

#include "dispatch/dispatch.h"
#include "numbers.h"

namespace ramble {

inline Floats layerNormCase(int rows, int width) {
  const Floats x = noise(size_t(rows) * width, 1), gain = noise(width, 2), bias = noise(width, 3);
  Floats y(x.size()), mean(rows), inverse(rows), dx(x.size()), dGain(width), dBias(width);
  kernels().layerNorm({.rows = rows,
                       .width = width,
                       .eps = 1e-5f,
                       .x = x.data(),
                       .gain = gain.data(),
                       .bias = bias.data(),
                       .y = y.data(),
                       .mean = mean.data(),
                       .inverse = inverse.data()});
  kernels().layerNormGrad({.rows = rows,
                           .width = width,
                           .dy = y.data(),
                           .x = x.data(),
                           .gain = gain.data(),
                           .mean = mean.data(),
                           .inverse = inverse.data(),
                           .dx = dx.data(),
                           .dGain = dGain.data(),
                           .dBias = dBias.data()});
  return y + mean + inverse + dx + dGain + dBias;
}

inline Floats rmsNormCase(int rows, int width) {
  const Floats x = noise(size_t(rows) * width, 1), gain = noise(width, 2);
  Floats y(x.size()), inverse(rows), dx(x.size()), dGain(width);
  kernels().rmsNorm({rows, width, 1e-5f, x.data(), gain.data(), y.data(), inverse.data()});
  kernels().rmsNormGrad(
      {rows, width, y.data(), x.data(), gain.data(), inverse.data(), dx.data(), dGain.data()});
  return y + inverse + dx + dGain;
}

// Two key heads of three queries each: each head by itself, or all queries and all keys.
inline Floats normHeadsCase(int rows, int headDim, bool isAll) {
  const int width = 10 * headDim;
  const HeadSpans spans =
      isAll ? HeadSpans{1, 6 * headDim, 1, 2 * headDim} : HeadSpans{6, headDim, 2, headDim};
  const Floats qkv = noise(size_t(rows) * width, 1), queryGain = noise(spans.queryWidth, 2);
  const Floats keyGain = noise(spans.keyWidth, 3);
  Floats y(qkv.size()), inverse(size_t(rows) * (spans.queries + spans.keys)), dQkv(qkv.size());
  Floats dQueryGain(queryGain.size()), dKeyGain(keyGain.size());
  kernels().normHeads(
      {rows, width, spans, 1e-6f, qkv.data(), queryGain.data(), keyGain.data(), y.data(), inverse.data()});
  kernels().normHeadsGrad({rows, width, spans, y.data(), qkv.data(), queryGain.data(), keyGain.data(),
                           inverse.data(), dQkv.data(), dQueryGain.data(), dKeyGain.data()});
  return y + inverse + dQkv + dQueryGain + dKeyGain;
}

// There and back.
inline Floats rotateHeadsCase(int rows, int headDim, int turned) {
  const int width = 5 * headDim;
  const Floats qkv = noise(size_t(rows) * width, 1), angles = noise(size_t(rows) * turned, 2);
  Floats y(qkv.size()), back(qkv.size());
  kernels().rotateHeads({rows, width, 4, headDim, turned, qkv.data(), angles.data(), false, y.data()});
  kernels().rotateHeads({rows, width, 4, headDim, turned, y.data(), angles.data(), true, back.data()});
  return y + back;
}

inline Floats gatedCase(int rows, int width, GateActivation activation) {
  const Floats x = noise(2 * size_t(rows) * width, 1);
  Floats y(size_t(rows) * width), dx(x.size());
  kernels().gated({rows, width, activation, x.data(), y.data()});
  kernels().gatedGrad({rows, width, activation, y.data(), x.data(), dx.data()});
  return y + dx;
}

}  // namespace ramble
