// activation(gate) * value, where a row holds gates, then values.
// Shazeer 2020, https://arxiv.org/abs/2002.05202
#pragma once

#include "ops/ops.gen.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

INLINE Vec activated(GateActivation activation, Vec x) {
  return activation == GateActivation::gelu ? gelu(x) : silu(x);
}

INLINE void gateRow(const Gated &p, size_t row) {
  const float *gate = p.x + row * 2 * p.width, *value = gate + p.width;
  float *y = p.y + row * p.width;
  forRow(p.width, [&](int j, int n) {
    storeUpTo(y + j, activated(p.activation, loadUpTo(gate + j, n)) * loadUpTo(value + j, n), n);
  });
}

inline bool gated(const Gated &p) {
  forRows(p.rows, 2 * p.width, [&](int row) { gateRow(p, row); });
  return true;
}

inline bool gatedGrad(const GatedGrad &p) {
  const size_t width = p.width;
  forRows(p.rows, 2 * p.width, [&](int row) {
    const float *gate = p.x + row * 2 * width, *value = gate + width, *dy = p.dy + row * width;
    float *dGate = p.dx + row * 2 * width, *dValue = dGate + width;
    forRow(p.width, [&](int j, int n) {
      const Vec x = loadUpTo(gate + j, n), slope = loadUpTo(dy + j, n);
      const Vec steep = p.activation == GateActivation::gelu ? geluDerivative(x) : siluDerivative(x);
      storeUpTo(dGate + j, slope * loadUpTo(value + j, n) * steep, n);
      storeUpTo(dValue + j, slope * activated(p.activation, x), n);
    });
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
