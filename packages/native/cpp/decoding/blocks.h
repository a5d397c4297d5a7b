// Weights in blocks of BLOCK_INPUTS inputs by BLOCK_OUTPUTS outputs, as core/src/parameters/block-layout.ts
// describes them: the 16-bit scales of the outputs, of q4 their minimums, then 32-bit words, word 0 of each
// output first. A word has four bytes of inputs: q8 one each; q4 two, of which the upper one is 16 inputs on.
#pragma once

#include "ops/ops.gen.h"
#include "vectors/rows.h"
#include "vectors/widen.h"

namespace ramble::RAMBLE_ISA {

constexpr int BLOCK_INPUTS = 32, BLOCK_OUTPUTS = 16;
constexpr int BLOCK_WORDS = BLOCK_INPUTS / 4;  // of bytes, once those of q4 are taken apart
constexpr size_t HALVES_BYTES = BLOCK_OUTPUTS * sizeof(uint16_t);

INLINE bool isInBlocks(const Weights &w) { return w.width == Width::q4 || w.width == Width::q8; }

template <Width WIDTH>
struct WeightBlock {
  static constexpr size_t WORDS_AT = WIDTH == Width::q4 ? 2 * HALVES_BYTES : HALVES_BYTES;
  static constexpr size_t BYTES = WORDS_AT + BLOCK_INPUTS * BLOCK_OUTPUTS / (WIDTH == Width::q4 ? 2 : 1);
  const uint8_t *at;

  INLINE Vec scales(int output) const { return widened(halves() + output); }
  INLINE Vec minimums(int output) const { return widened(halves() + BLOCK_OUTPUTS + output); }
  // Word `word` of outputs from `output` on.
  INLINE const uint8_t *words(int word, int output) const {
    return at + WORDS_AT + (word * BLOCK_OUTPUTS + output) * 4;
  }

 private:
  INLINE const uint16_t *halves() const { return reinterpret_cast<const uint16_t *>(at); }
};

inline int groupsOfInputs(int in) { return ceilDivide(in, BLOCK_INPUTS); }
inline int panelsOf(int out) { return ceilDivide(out, BLOCK_OUTPUTS); }

// The blocks of a panel of outputs, one for each group of inputs.
template <Width WIDTH>
INLINE const uint8_t *panelOf(const Weights &w, int in, int panel) {
  return static_cast<const uint8_t *>(w.stored.values) +
         size_t(panel) * groupsOfInputs(in) * WeightBlock<WIDTH>::BYTES;
}

template <Width WIDTH>
ONCE void dequantizeOutput(const Weights &w, size_t output, float *out) {
  const uint8_t *at = panelOf<WIDTH>(w, w.columns, static_cast<int>(output / BLOCK_OUTPUTS));
  const int place = output % BLOCK_OUTPUTS, part = place / LANES * LANES, lane = place % LANES;
  for (int first = 0; first < w.columns; first += BLOCK_INPUTS, at += WeightBlock<WIDTH>::BYTES) {
    const WeightBlock<WIDTH> block{at};
    const float scale = block.scales(part)[lane];
    const int count = w.columns - first < BLOCK_INPUTS ? w.columns - first : BLOCK_INPUTS;
    if constexpr (WIDTH == Width::q4) {
      const float minimum = block.minimums(part)[lane];
      for (int i = 0; i < count; i++) {
        const int byte = i % 16, shift = i / 16 * 4;
        const int q = block.words(byte / 4, place)[byte % 4] >> shift & 15;
        out[first + i] = scale * static_cast<float>(q) + minimum;
      }
    } else {
      for (int i = 0; i < count; i++) {
        const int q = static_cast<int8_t>(block.words(i / 4, place)[i % 4]);
        out[first + i] = scale * static_cast<float>(q);
      }
    }
  }
}

// The weights of all inputs, w.columns of them, of one output.
inline void readOutput(const Weights &w, size_t output, float *out) {
  if (w.width == Width::q4) {
    dequantizeOutput<Width::q4>(w, output, out);
  } else {
    dequantizeOutput<Width::q8>(w, output, out);
  }
}

}  // namespace ramble::RAMBLE_ISA
