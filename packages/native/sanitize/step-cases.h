// Decoding steps of whole models, with weights of every width.
#pragma once

#include <stdlib.h>
#include <string.h>

#include <vector>

#include "decoding/step-program.h"
#include "dispatch/dispatch.h"
#include "numbers.h"

namespace ramble {

using Bytes = std::vector<uint8_t>;

// Tables have no panels.
inline Width tableWidth(Width width) {
  switch (width) {
    case Width::f32Panels: return Width::f32;
    case Width::f16Panels: return Width::f16;
    case Width::int8Panels: return Width::int8;
    default: return width;
  }
}

// Weights of any width, exactly as long as they must be.
struct StepMatrix {
  Floats wide, scales;
  std::vector<uint16_t> halves;
  std::vector<int8_t> bytes;

  StepMatrix(int rows, int columns, float frequency)
      : wide(noise(size_t(rows) * columns, frequency)),
        scales(noise(size_t(rows) * ((columns + 63) / 64), frequency)) {
    // Divided by eight: with larger scores attention goes to one position, and the last bit decides which.
    for (float &value : wide) value /= 8;
    for (float &scale : scales) scale /= 8 * 127;
    for (size_t i = 0; i < wide.size(); i++) {
      halves.push_back(uint16_t(0x2400 + i * 37 % 0x800));  // from 1/64 to 1/16
      bytes.push_back(int8_t(i * 29 % 255 - 127));
    }
  }

  // By rows: tables of which rows are looked up have no blocks or panels.
  Weights as(Width width, int columns) const {
    width = tableWidth(width);
    const bool isHalf = width != Width::f32 && width != Width::int8;
    const void *values = width == Width::f32 ? static_cast<const void *>(wide.data())
                         : isHalf            ? static_cast<const void *>(halves.data())
                                             : static_cast<const void *>(bytes.data());
    return {
        columns, isHalf ? Width::f16 : width, {values, 0}, width == Width::int8 ? scales.data() : nullptr};
  }

  // As the weights of a product.
  Weights as(Width width, int columns, int in, int out) {
    if (tableWidth(width) != width) return inPanels(width, columns, in, out);
    if (width != Width::q4 && width != Width::q8) return as(width, columns);
    const size_t halvesOf = width == Width::q4 ? 32 : 16, size = width == Width::q4 ? 320 : 544;
    blocks.assign(size_t((in + 31) / 32) * ((out + 15) / 16) * size, 0);
    for (size_t i = 0; i < blocks.size(); i++) blocks[i] = uint8_t(i * 29 % 251);
    for (size_t at = 0; at < blocks.size(); at += size) {
      for (size_t i = 0; i < halvesOf; i++) {
        // Scales from 1/1024 to 1/512, and minimums below zero.
        const uint16_t half = uint16_t((i < 16 ? 0x1400 : 0xa000) + (at + i * 37) % 0x400);
        memcpy(blocks.data() + at + 2 * i, &half, sizeof half);
      }
    }
    return {columns, width, {blocks.data(), 0}, nullptr};
  }

 private:
  Weights inPanels(Width width, int columns, int in, int out) {
    const size_t count = size_t(in) * ((out + 31) / 32 * 32);
    const size_t size = width == Width::f32Panels ? 4 : width == Width::f16Panels ? 2 : 1;
    const Floats floats = noise(count, 7), groups = noise(size_t(in) * ((out + 63) / 64), 8);
    blocks.resize(count * size);
    for (size_t i = 0; i < count; i++) {
      const float value = floats[i] / 8;
      const uint16_t half = uint16_t(0x2400 + i * 37 % 0x800);
      const int8_t byte = int8_t(i * 29 % 255 - 127);
      const void *from = size == 4   ? static_cast<const void *>(&value)
                         : size == 2 ? static_cast<const void *>(&half)
                                     : static_cast<const void *>(&byte);
      memcpy(blocks.data() + i * size, from, size);
    }
    panelScales.resize(groups.size());
    for (size_t i = 0; i < groups.size(); i++) panelScales[i] = groups[i] / (8 * 127);
    return {columns, width, {blocks.data(), 0}, size == 1 ? panelScales.data() : nullptr};
  }

  Floats panelScales;
  std::vector<uint8_t> blocks;
};

// The numbers of a matrix [in, out] of a width, and of a table [out, in].
inline Floats dequantizeCase(int in, int out, Width width) {
  StepMatrix matrix(in, out, 1), table(out, in, 2);
  Floats numbers(size_t(in) * out), rows(numbers.size());
  kernels().dequantize({in, matrix.as(width, out, in, out), false, numbers.data()});
  kernels().dequantize({out, table.as(width, in, in, out), true, rows.data()});
  return numbers + rows;
}

// Whether some steps round their activations: a number between two steps may go to either where another
// processor computes it, so that its results can not be compared closely.
inline bool roundsActivations = true;

// Those of a step of some rows: both kinds in turns.
inline Activations activationsOf(int rows) {
  return roundsActivations && rows % 2 ? Activations::int8 : Activations::f32;
}

// The format of the cache of a step of some rows: all in turns, and floats where attention compresses.
inline Width cacheOf(int rows, bool compresses) {
  constexpr Width FORMATS[] = {Width::f16, Width::int8, Width::f32};
  return roundsActivations && !compresses ? FORMATS[rows % 3] : Width::f32;
}

// Heads of D numbers as the cache stores them.
inline Bytes cachedHeads(Width format, size_t heads, int D, uint32_t seed) {
  const Floats numbers = noise(heads * D, seed);
  const size_t bytes = format == Width::f32 ? 4 * D : format == Width::f16 ? 2 * D : D + 4;
  Bytes all(heads * bytes);
  for (size_t i = 0; i < numbers.size(); i++) {
    uint8_t *head = all.data() + i / D * bytes;
    const uint16_t half = 0x3400 + static_cast<uint16_t>(numbers[i] * 512);  // about a quarter
    const int8_t byte = static_cast<int8_t>(numbers[i] * 100);
    const float scale = 0.01f;
    switch (format) {
      case Width::f32: memcpy(head + 4 * (i % D), &numbers[i], 4); break;
      case Width::f16: memcpy(head + 2 * (i % D), &half, 2); break;
      default: memcpy(head + i % D, &byte, 1), memcpy(head + D, &scale, 4);
    }
  }
  return all;
}

// What is compared: the floats of a cache, or its bytes.
inline Floats numbersOf(Width format, const Bytes &stored) {
  if (format != Width::f32) return Floats(stored.begin(), stored.end());
  Floats numbers(stored.size() / sizeof(float));
  memcpy(numbers.data(), stored.data(), stored.size());
  return numbers;
}

inline StepOp stepOp(StepOp::Kind kind, int to, int width) {
  StepOp op{};
  op.kind = kind;
  op.to = to;
  op.width = width;
  return op;
}

// A step of a model of one layer.
struct StepShape {
  int rows, heads, keyHeads, headDim, width, vocabulary;
  CacheLayout layout;
  const float *angles;  // or null
};

// Logits, keys and values after a step of two feeds: one after three positions, and where there are rows for
// it another of one token, whose first row comes behind those of the first.
inline Floats stepNumbers(const std::vector<StepOp> &ops, const StepShape &p, StepFeed other) {
  const size_t slot = size_t(p.layout.memoryRows + p.layout.positionRows) * p.keyHeads;
  const Width cache = cacheOf(p.rows, p.layout.memoryRows > 0);
  Bytes keys = cachedHeads(cache, 2 * slot, p.headDim, 12),
        values = cachedHeads(cache, 2 * slot, p.headDim, 13);
  uint8_t *keysOf[] = {keys.data(), keys.data() + keys.size() / 2};
  uint8_t *valuesOf[] = {values.data(), values.data() + values.size() / 2};
  const float *anglesOf[] = {p.angles};
  StepProgram *program = makeProgram({{int(ops.size()), ops.data()},
                                      activationsOf(p.rows),
                                      1,
                                      p.heads,
                                      p.keyHeads,
                                      p.headDim,
                                      1e-5f,
                                      p.width});
  const int count = p.rows > 1 ? p.rows - 1 : 1;
  other.firstRow = count;
  const StepFeed feeds[] = {{1, 0, count, 3, 0, 1, 0}, other};
  const Ints tokens = idsBelow(p.vocabulary, p.rows), positions = idsBelow(p.rows + 3, p.rows);
  const Ints wanted = p.rows % 2 ? Ints{p.rows - 1} : idsBelow(p.rows, p.rows);
  Floats logits(wanted.size() * p.vocabulary);
  kernels().runStep({.program = program,
                     .rows = p.rows,
                     .tokens = tokens.data(),
                     .positions = positions.data(),
                     .angles = {p.angles ? 1 : 0, anglesOf, nullptr},
                     .feeds = {p.rows > 1 ? 2 : 1, feeds},
                     .keys = {2, keysOf, nullptr},
                     .values = {2, valuesOf, nullptr},
                     .cache = cache,
                     .layouts = {1, &p.layout},
                     .wantedCount = int(wanted.size()),
                     .wanted = wanted.data(),
                     .logits = logits.data()});
  free(program);
  return logits + numbersOf(cache, keys) + numbersOf(cache, values);
}

// A step with one op of each kind and two feeds: the first after three positions; the second of one token,
// in some cases after positions that it shares with the first. With groups attention is compressed;
// `isOfInput` compresses the inputs.
inline Floats stepCase(int rows, int heads, int headDim, int inner, int vocabulary, Width width,
                       int group = 0, bool isOfInput = false) {
  const int reach = group > 0 ? 0 : rows / 2, block = group > 0 ? 0 : rows % 3;  // none now and then
  const int C = heads * headDim, capacity = rows + 3;
  StepMatrix table(vocabulary, C, 1), positions(capacity, C, 2), qkv(C, 3 * C, 3);
  StepMatrix up(C, inner, 4), down(inner, C, 5), distances(heads * reach, headDim, 10);
  StepMatrix convolution(group * C, C, 11);
  const Floats gain = noise(C, 6), bias = noise(3 * C > inner ? 3 * C : inner, 7);
  // Places: two of C, then qkv, what is lifted, and for groups what is gathered, compressed and projected.
  const int normed = 0, other = C, stream = 2 * C, wide = 3 * C, lifted = 6 * C, gathered = lifted + inner;
  const int first = gathered + group * C, second = first + C, both = second + C;
  using Kind = StepOp::Kind;
  std::vector<StepOp> ops;
  const auto add = [&](Kind kind, int to, int width, StepRows rowsOf = StepRows::tokens) -> StepOp & {
    ops.push_back(stepOp(kind, to, width));
    ops.back().rows = rowsOf;
    return ops.back();
  };
  const auto addLinear = [&](int from, int to, int in, int out, StepMatrix &weights, StepRows rowsOf,
                             Activation activation = Activation::none) {
    add(Kind::linear, to, out, rowsOf).linear = {from, in, activation, weights.as(width, out, in, out),
                                                 bias.data()};
  };
  const auto addGroups = [&](int from, int in, int column) {
    add(Kind::groups, gathered, group * C, StepRows::groups).groups = {from, in, 0, group, column};
  };
  add(Kind::tokens, normed, C).tokens = {table.as(tableWidth(width), C, C, vocabulary), 1};
  add(Kind::positions, other, C).positions = {positions.as(width, C), 1};
  add(Kind::add, stream, C).add = {normed, other, 1, Activation::none};
  add(Kind::layerNorm, normed, C).layerNorm = {stream, gain.data(), bias.data()};
  addLinear(normed, wide, C, 3 * C, qkv, StepRows::tokens);
  StepGroupMemory memory{};
  if (group > 0 && isOfInput) {
    addGroups(normed, C, 0);
    addLinear(gathered, first, group * C, C, convolution, StepRows::groups);
    addLinear(first, both, C, 3 * C, qkv, StepRows::groups);
    memory = {group, both, both, normed};
  } else if (group > 0) {
    for (int part : {0, 1}) {
      addGroups(wide, 3 * C, (1 + part) * C);
      addLinear(gathered, part ? second : first, group * C, C, convolution, StepRows::groups);
    }
    memory = {group, first, second, 0};
  }
  add(Kind::attention, stream, C).attention = {
      wide, 0, block, 1, 0, 0.4f, 0, reach, distances.as(width, headDim), memory};
  add(Kind::select, other, C, StepRows::wanted).select = {stream};
  addLinear(other, lifted, C, inner, up, StepRows::wanted, Activation::gelu);
  addLinear(lifted, normed, inner, C, down, StepRows::wanted);
  add(Kind::logits, 0, vocabulary, StepRows::wanted).logits = {normed, C, 0,
                                                               table.as(tableWidth(width), C, C, vocabulary)};
  const CacheLayout layout = {group > 0 ? 1 + capacity / group : 0, group > 0 ? group + 2 : capacity};
  const bool isShared = group == 0 && rows % 2 == 1;
  const int before = group > 0 ? 0 : 1;
  return stepNumbers(ops, {rows, heads, heads, headDim, both + 3 * C, vocabulary, layout, nullptr},
                     isShared ? StepFeed{0, 0, 1, 3, 0, 1, 2} : StepFeed{0, 0, 1, 0, before, 0, 0});
}

// The numbers of a step of several rows of the Llama family: a feed after three positions and one that
// begins; three queries share each of two key heads.
inline Floats sharedStepCase(int rows, int headDim, int inner, int vocabulary, Width width, int window) {
  const int heads = 6, keyHeads = 2, C = 4 * headDim + 1, capacity = rows + 3, turned = headDim / 2 * 2;
  const int read = heads * headDim, wide = read + 2 * keyHeads * headDim;
  StepMatrix table(vocabulary, C, 1), head(vocabulary, C, 2), qkv(C, wide, 3), proj(read, C, 4);
  StepMatrix up(C, 2 * inner, 5), down(inner, C, 6);
  const Floats gain = noise(C, 7), headGain = noise(headDim, 8), angles = noise(size_t(rows) * turned, 9);
  using Kind = StepOp::Kind;
  std::vector<StepOp> ops;
  int end = 0;  // of the memory that values take
  const auto add = [&](Kind kind, int width, StepRows rowsOf = StepRows::tokens) -> StepOp & {
    ops.push_back(stepOp(kind, end, width));
    ops.back().rows = rowsOf;
    end += width;
    return ops.back();
  };
  const auto addLinear = [&](int from, int in, int out, StepMatrix &weights, StepRows rowsOf) {
    const int to = end;
    add(Kind::linear, out, rowsOf).linear = {from, in, Activation::none, weights.as(width, out, in, out),
                                             nullptr};
    return to;
  };
  add(Kind::tokens, C).tokens = {table.as(tableWidth(width), C, C, vocabulary), 3};
  const int normed = end;
  add(Kind::rmsNorm, C).rmsNorm = {0, gain.data()};
  int from = addLinear(normed, C, wide, qkv, StepRows::tokens), to = end;
  add(Kind::normHeads, wide).normHeads = {
      from, {heads, headDim, keyHeads, headDim}, headGain.data(), headGain.data()};
  from = to, to = end;
  add(Kind::rotate, wide).rotate = {from, turned, 0};
  StepAttention attention{};
  attention.from = to, attention.window = window, attention.scale = 0.3f, attention.cap = 0.7f;
  to = end;
  add(Kind::attention, read).attention = attention;
  from = addLinear(to, read, C, proj, StepRows::tokens), to = end;
  add(Kind::select, C, StepRows::wanted).select = {from};
  from = addLinear(to, C, 2 * inner, up, StepRows::wanted), to = end;
  add(Kind::gated, inner, StepRows::wanted).gated = {from, GateActivation::silu};
  from = addLinear(to, inner, C, down, StepRows::wanted);
  ops.push_back(stepOp(Kind::logits, 0, vocabulary));
  ops.back().rows = StepRows::wanted;
  ops.back().logits = {from, C, 0.9f, head.as(tableWidth(width), C, C, vocabulary)};
  const CacheLayout layout = {0, window > 0 && window < capacity ? window + 1 : capacity};
  return stepNumbers(ops, {rows, heads, keyHeads, headDim, end, vocabulary, layout, angles.data()},
                     {0, 0, 1, 0, 0, 0, 0});
}

}  // namespace ramble
