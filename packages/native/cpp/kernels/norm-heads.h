// RMS norm of queries and keys: of each head by itself, or of all heads together.
#pragma once

#include "kernels/rms-norm.h"

namespace ramble::RAMBLE_ISA {

// Calls use(span, column, width, isKey) for each span of a row.
template <class Use>
INLINE void forSpans(const HeadSpans &p, const Use &use) {
  for (int i = 0; i < p.queries; i++) use(i, size_t(i) * p.queryWidth, p.queryWidth, false);
  const size_t first = size_t(p.queries) * p.queryWidth;
  for (int i = 0; i < p.keys; i++) use(p.queries + i, first + size_t(i) * p.keyWidth, p.keyWidth, true);
}

// The columns that pass, in bytes and from where.
INLINE void passValues(const HeadSpans &p, int width, const float *from, float *to) {
  const size_t first = size_t(p.queries) * p.queryWidth + size_t(p.keys) * p.keyWidth;
  __builtin_memcpy(to + first, from + first, (width - first) * sizeof(float));
}

INLINE void normaliseHeads(const NormHeads &p, size_t row) {
  const float *from = p.qkv + row * p.width;
  float *to = p.y + row * p.width, *inverse = p.inverse + row * (p.spans.queries + p.spans.keys);
  forSpans(p.spans, [&](int span, size_t at, int width, bool isKey) {
    inverse[span] = normaliseByRms(from + at, isKey ? p.keyGain : p.queryGain, width, p.eps, to + at);
  });
  passValues(p.spans, p.width, from, to);
}

inline bool normHeads(const NormHeads &p) {
  forRows(p.rows, p.width, [&](int row) { normaliseHeads(p, row); });
  return true;
}

inline bool normHeadsGrad(const NormHeadsGrad &p) {
  const HeadSpans &spans = p.spans;
  const RowParts parts(p.rows, spans.queryWidth + spans.keyWidth);
  if (!parts.memory) return false;
  parts.forEach([&](size_t row, float *dQueryGain) {
    const float *dy = p.dy + row * p.width, *qkv = p.qkv + row * p.width;
    const float *inverse = p.inverse + row * (spans.queries + spans.keys);
    float *dQkv = p.dQkv + row * p.width, *dKeyGain = dQueryGain + spans.queryWidth;
    forSpans(spans, [&](int span, size_t at, int width, bool isKey) {
      differentiateRms(dy + at, qkv + at, isKey ? p.keyGain : p.queryGain, width, inverse[span], dQkv + at,
                       isKey ? dKeyGain : dQueryGain);
    });
    passValues(spans, p.width, dy, dQkv);
  });
  parts.addUp(p.dQueryGain, 0, spans.queryWidth);
  parts.addUp(p.dKeyGain, spans.queryWidth, spans.keyWidth);
  return true;
}

}  // namespace ramble::RAMBLE_ISA
