// Every kernel at sizes where kernels go wrong. A case returns all numbers that it computed; its
// arrays are exactly as large as they must be, so that a sanitizer sees the first one beyond.
#pragma once

#include <string.h>

#include <vector>

#include "decoding/step-program.h"
#include "dispatch/dispatch.h"

namespace ramble {

using Floats = std::vector<float>;
using Ints = std::vector<int32_t>;

#if defined(__SANITIZE_THREAD__)
// Races depend on how work is divided, hardly on sizes, and this sanitizer is slow.
constexpr int SIZES[] = {1, 17, 65};
#else
constexpr int SIZES[] = {1, 7, 8, 9, 15, 16, 17, 63, 64, 65};
#endif
constexpr DropoutMask DROPOUT = {uint64_t(1) << 30, 4.0f / 3, 5, 6, 7, 8};

// A new kernel needs a case.
static_assert(RAMBLE_KERNEL_COUNT == 30, "expected a case for every kernel");

// Numbers from -1 to 1, the same to the last bit on every processor.
inline Floats noise(size_t count, uint32_t seed) {
  Floats values(count);
  for (size_t i = 0; i < count; i++) {
    const uint32_t mixed = (static_cast<uint32_t>(i) + 7919 * seed) * 2654435761u >> 8;
    values[i] = static_cast<float>(static_cast<int>(mixed % 2001) - 1000) / 1000;
  }
  return values;
}

inline Ints idsBelow(int limit, int count) {
  Ints ids(count);
  for (int i = 0; i < count; i++) ids[i] = (i * 7 + 3) % limit;
  return ids;
}

inline Floats operator+(Floats a, const Floats &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Two products of which the second has a matrix of its own on the left alone.
inline Floats matMulCase(int m, int n, int k, bool transposeA, bool transposeB, bool hasEpilogue) {
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
                    .bias = hasEpilogue ? bias.data() : nullptr,
                    .c = c.data(),
                    .activated = hasEpilogue ? activated.data() : nullptr});
  return c + activated;
}

inline Floats linearGradCase(int rows, int in, int out, bool hasGelu, bool hasBias) {
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
                        .dx = dx.data(),
                        .dWeight = dWeight.data(),
                        .dBias = hasBias ? dBias.data() : nullptr});
  return dx + dWeight + dBias;
}

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

// What a position sees: blocks of this many positions, 0 for none; rows of distances, 0 for none; a window,
// 0 for none.
struct Seen {
  bool hasPrefix;
  int block, back, reach, window = 0;
};

// `sharing` heads read each key head.
inline Floats attentionCase(int batch, int length, int heads, int headDim, Seen seen, bool hasDropout,
                            bool hasPadding, int sharing = 1, float cap = 0) {
  const size_t rows = size_t(batch) * length, width = size_t(heads) * headDim;
  const Floats qkv = noise(rows * (width + 2 * width / sharing), 1), dRead = noise(rows * width, 2);
  const Floats distances = noise(seen.reach * width, 3);
  Ints prefix(batch), ends(batch);
  for (int i = 0; i < batch; i++) {
    prefix[i] = (length - i) / 2;
    ends[i] = i % 2 ? length - length / 3 : 0;
  }
  Floats read(rows * width), logSum(size_t(batch) * heads * length), dQkv(qkv.size());
  Floats dDistances(distances.size());
  Attention forward{};
  forward.batch = batch;
  forward.length = length;
  forward.heads = heads;
  forward.keyHeads = heads / sharing;
  forward.headDim = headDim;
  forward.scale = 0.4f;
  forward.cap = cap;
  forward.qkv = qkv.data();
  forward.prefix = seen.hasPrefix ? prefix.data() : nullptr;
  forward.ends = hasPadding ? ends.data() : nullptr;
  forward.block = seen.block;
  forward.back = seen.back;
  forward.window = seen.window;
  forward.distances = seen.reach > 0 ? distances.data() : nullptr;
  forward.reach = seen.reach;
  forward.mask = hasDropout ? DROPOUT : DropoutMask{};
  forward.read = read.data();
  forward.logSum = logSum.data();
  kernels().attention(forward);
  kernels().attentionGrad({.forward = forward,
                           .dRead = dRead.data(),
                           .dQkv = dQkv.data(),
                           .dDistances = dDistances.data(),
                           .dKeys = nullptr,
                           .dValues = nullptr});
  return read + logSum + dQkv + dDistances;
}

// Keys and values in arrays of their own, or side by side as qkv has them.
inline Floats compressedCase(int batch, int length, int heads, int headDim, int group, bool isWide,
                             bool hasDropout, bool hasPadding) {
  const size_t rows = size_t(batch) * length, width = size_t(heads) * headDim;
  const size_t groups = size_t(batch) * ((length + group - 1) / group), line = isWide ? 3 * width : width;
  const Floats qkv = noise(rows * 3 * width, 1), dRead = noise(rows * width, 2);
  const Floats keys = noise(groups * line, 3), values = noise(groups * line, 4);
  Ints ends(batch);
  for (int i = 0; i < batch; i++) ends[i] = i % 2 ? length - length / 3 : 0;
  Floats read(rows * width), logSum(size_t(batch) * heads * length), dQkv(qkv.size());
  Floats dKeys(keys.size()), dValues(values.size());
  const size_t keyAt = isWide ? width : 0, valueAt = isWide ? 2 * width : 0;
  Attention forward{};
  forward.batch = batch;
  forward.length = length;
  forward.heads = heads;
  forward.keyHeads = heads;
  forward.headDim = headDim;
  forward.scale = 0.4f;
  forward.qkv = qkv.data();
  forward.ends = hasPadding ? ends.data() : nullptr;
  forward.group = group;
  forward.keys = keys.data() + keyAt;
  forward.values = values.data() + valueAt;
  forward.memoryLine = line;
  forward.mask = hasDropout ? DROPOUT : DropoutMask{};
  forward.read = read.data();
  forward.logSum = logSum.data();
  kernels().attention(forward);
  kernels().attentionGrad({.forward = forward,
                           .dRead = dRead.data(),
                           .dQkv = dQkv.data(),
                           .dDistances = nullptr,
                           .dKeys = dKeys.data() + keyAt,
                           .dValues = dValues.data() + valueAt});
  return read + logSum + dQkv + dKeys + dValues;
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

  // By rows: tables of which rows are looked up have no blocks.
  Weights as(Width width, int columns) const {
    const bool isHalf = width != Width::f32 && width != Width::int8;
    const void *values = width == Width::f32 ? static_cast<const void *>(wide.data())
                         : isHalf            ? static_cast<const void *>(halves.data())
                                             : static_cast<const void *>(bytes.data());
    return {
        columns, isHalf ? Width::f16 : width, {values, 0}, width == Width::int8 ? scales.data() : nullptr};
  }

  // As the weights of a product.
  Weights as(Width width, int columns, int in, int out) {
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
  std::vector<uint8_t> blocks;
};

inline StepOp stepOp(StepOp::Kind kind, int to, int width) {
  StepOp op{};
  op.kind = kind;
  op.to = to;
  op.width = width;
  return op;
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
  add(Kind::tokens, normed, C).tokens = {table.as(width, C, C, vocabulary), 1};
  add(Kind::positions, other, C).positions = {positions.as(width, C), 1};
  add(Kind::add, stream, C).add = {normed, other};
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
                                                               table.as(width, C, C, vocabulary)};
  const CacheLayout layout = {group > 0 ? 1 + capacity / group : 0, group > 0 ? group + 2 : capacity};
  const size_t slot = size_t(layout.memoryRows + layout.positionRows) * C;
  Floats keys = noise(2 * slot, 8), values = noise(2 * slot, 9);
  float *keysOf[] = {keys.data(), keys.data() + slot};
  float *valuesOf[] = {values.data(), values.data() + slot};
  StepProgram *program =
      makeProgram({{int(ops.size()), ops.data()}, 1, heads, heads, headDim, 1e-5f, both + 3 * C});
  const int count = rows > 1 ? rows - 1 : 1, feedCount = rows > 1 ? 2 : 1;
  const bool isShared = group == 0 && rows % 2 == 1;
  const StepFeed sharing{0, count, 1, 3, 0, 1, 2}, beginning{0, count, 1, 0, group > 0 ? 0 : 1, 0, 0};
  const StepFeed feeds[] = {{1, 0, count, 3, 0, 1, 0}, isShared ? sharing : beginning};
  const Ints tokens = idsBelow(vocabulary, rows), places = idsBelow(capacity, rows);
  Ints wanted = {rows - 1};
  if (rows % 2 == 0) wanted = idsBelow(rows, rows);
  Floats logits(wanted.size() * vocabulary);
  kernels().runStep({.program = program,
                     .rows = rows,
                     .tokens = tokens.data(),
                     .positions = places.data(),
                     .angles = {0, nullptr, nullptr},
                     .feeds = {feedCount, feeds},
                     .keys = {2, keysOf, nullptr},
                     .values = {2, valuesOf, nullptr},
                     .layouts = {1, &layout},
                     .wantedCount = int(wanted.size()),
                     .wanted = wanted.data(),
                     .logits = logits.data()});
  free(program);
  return logits + keys + values;
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

// The numbers of a step of several rows of the Llama family: a feed after three positions and one that
// begins; three queries share each of two key heads.
inline Floats sharedStepCase(int rows, int headDim, int inner, int vocabulary, Width width, int window) {
  const int heads = 6, keyHeads = 2, C = 4 * headDim + 1, capacity = rows + 3, turned = headDim / 2 * 2;
  const int read = heads * headDim, wide = read + 2 * keyHeads * headDim;
  StepMatrix table(vocabulary, C, 1), head(vocabulary, C, 2), qkv(C, wide, 3), proj(read, C, 4);
  StepMatrix up(C, 2 * inner, 5), down(inner, C, 6);
  const Floats gain = noise(C, 7), headGain = noise(headDim, 8), angles = noise(size_t(rows) * turned, 9);
  const float *anglesOf[] = {angles.data()};
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
  add(Kind::tokens, C).tokens = {table.as(width, C, C, vocabulary), 3};
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
  ops.back().logits = {from, C, 0.9f, head.as(width, C, C, vocabulary)};
  const CacheLayout layout = {0, window > 0 && window < capacity ? window + 1 : capacity};
  const size_t slot = size_t(layout.positionRows) * keyHeads * headDim;
  Floats keys = noise(2 * slot, 10), values = noise(2 * slot, 11);
  float *keysOf[] = {keys.data(), keys.data() + slot};
  float *valuesOf[] = {values.data(), values.data() + slot};
  StepProgram *program =
      makeProgram({{int(ops.size()), ops.data()}, 1, heads, keyHeads, headDim, 1e-5f, end});
  const int count = rows > 1 ? rows - 1 : 1, feedCount = rows > 1 ? 2 : 1;
  const StepFeed feeds[] = {{1, 0, count, 3, 0, 1, 0}, {0, count, 1, 0, 0, 0, 0}};
  const Ints tokens = idsBelow(vocabulary, rows), positions = idsBelow(capacity, rows);
  const Ints wanted = rows % 2 ? Ints{rows - 1} : idsBelow(rows, rows);
  Floats logits(wanted.size() * vocabulary);
  kernels().runStep({.program = program,
                     .rows = rows,
                     .tokens = tokens.data(),
                     .positions = positions.data(),
                     .angles = {1, anglesOf, nullptr},
                     .feeds = {feedCount, feeds},
                     .keys = {2, keysOf, nullptr},
                     .values = {2, valuesOf, nullptr},
                     .layouts = {1, &layout},
                     .wantedCount = int(wanted.size()),
                     .wanted = wanted.data(),
                     .logits = logits.data()});
  free(program);
  return logits + keys + values;
}

inline Floats crossEntropyCase(int rows, int width, int vocabulary, bool hasGradient, float cap = 0) {
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
                          .cap = cap,
                          .loss = loss.data(),
                          .perPosition = perPosition.data(),
                          .dHidden = hasGradient ? dHidden.data() : nullptr,
                          .dProjection = hasGradient ? dProjection.data() : nullptr});
  return perPosition + dHidden + dProjection + loss;
}

// The distribution over logits, of either width.
inline Floats drawnFrom(const Floats &logits) {
  const std::vector<double> wide(logits.begin(), logits.end());
  std::vector<double> ofFloats(logits.size()), ofDoubles(logits.size()), totals(4);
  kernels().distribution({logits.size(), logits.data(), ofFloats.data(), totals.data()});
  kernels().wideDistribution({logits.size(), wide.data(), ofDoubles.data(), totals.data() + 2});
  return Floats(totals.begin(), totals.end()) + Floats(ofFloats.begin(), ofFloats.end()) +
         Floats(ofDoubles.begin(), ofDoubles.end());
}

// Bits of 16-bit floats, written over the numbers that they round.
inline Floats inHalves(Floats x) {
  uint16_t *const halves = reinterpret_cast<uint16_t *>(x.data());
  double count = 0;
  kernels().roundToFloat16({x.size(), x.data(), halves}, &count);
  return Floats(halves, halves + size_t(count));
}

inline Floats elementwiseCase(int count) {
  const Floats a = noise(count, 1), b = noise(count, 2);
  Floats all, chosen(count);
  const size_t size = count;
  for (int kind = 0; kind <= int(UnaryFunction::rectified); kind++) {
    Floats y(count);
    kernels().unary({UnaryFunction(kind), size, a.data(), y.data()});
    all = all + y;
  }
  std::vector<uint8_t> condition(count);
  for (int i = 0; i < count; i++) condition[i] = i % 3 == 0;
  kernels().select({size, condition.data(), a.data(), b.data(), chosen.data()});
  all = all + chosen;
  Floats scaled(count), dropped(count), joined(count), soft(count);
  kernels().scale({size, 3, a.data(), scaled.data()});
  kernels().dropout({size, nullptr, a.data(), dropped.data(), DROPOUT});
  kernels().dropout({size, a.data(), b.data(), joined.data(), DROPOUT});
  kernels().softmax({1, count, a.data(), soft.data()});
  return all + scaled + dropped + joined + soft + drawnFrom(a) + inHalves(b);
}

// a is [m, n] and b, by kind, the same or a row or a column of it.
inline Floats broadcastCase(int m, int n, int kind) {
  const Ints walk = {m, n, n, 1, kind == 1 ? 0 : kind == 2 ? 1 : n, kind == 2 ? 0 : 1};
  const Walk w{2, walk.data()};
  const Floats a = noise(size_t(m) * n, 1), b = noise(kind == 1 ? n : kind == 2 ? m : m * n, 2);
  Floats all;
  for (int i = 0; i <= int(BinaryOperator::squaredDifference); i++) {
    Floats y(a.size());
    kernels().binary({BinaryOperator(i), w, a.data(), b.data(), y.data()});
    all = all + y;
  }
  for (int i = 0; i <= int(Comparison::greaterEqual); i++) {
    std::vector<uint8_t> y(a.size());
    kernels().compare({Comparison(i), w, a.data(), b.data(), y.data()});
    all = all + Floats(y.begin(), y.end());
  }
  return all;
}

inline Floats reduceCase(int outer, int length, int inner) {
  const Floats x = noise(size_t(outer) * length * inner, 1);
  Floats all;
  for (int kind = 0; kind <= int(Reduction::smallest); kind++) {
    Floats y(size_t(outer) * inner);
    kernels().reduce({Reduction(kind), outer, length, inner, 0.5f, x.data(), y.data()});
    all = all + y;
  }
  return all;
}

// The transpose, followed by the rows.
inline Floats copyCase(int m, int n) {
  const Floats x = noise(size_t(m) * n, 1);
  const Ints transpose = {n, m, 1, n, m, 1}, rows = {m, n, n, 1, n, 1};
  Floats y(2 * x.size());
  kernels().copy({{2, transpose.data()}, x.data(), 0, y.data(), 0});
  kernels().copy({{2, rows.data()}, x.data(), 0, y.data(), x.size()});
  return y;
}

inline UpdateRule ruleOf(UpdateRule::Kind kind, int count) {
  UpdateRule rule{};
  rule.kind = kind;
  switch (kind) {
    case UpdateRule::Kind::adam:
      rule.adam = {.learningRate = 0.01,
                   .beta1 = 0.9,
                   .beta2 = 0.95,
                   .eps = 1e-8,
                   .weightDecay = 0.1,
                   .decay = WeightDecay::decoupled,
                   .count = double(count)};
      break;
    case UpdateRule::Kind::sgd:
      rule.sgd = {.learningRate = 0.01, .momentum = 0.9, .nesterov = true, .weightDecay = 0.1};
      break;
  }
  return rule;
}

inline Floats updateCase(UpdateRule::Kind kind) {
  Floats gradients[3];
  const float *pointers[3];
  size_t sizes[3] = {65, 1, 70000}, total = 0;
  for (int i = 0; i < 3; i++) {
    gradients[i] = noise(sizes[i], i + 1);
    pointers[i] = gradients[i].data();
    total += sizes[i];
  }
  const std::vector<uint8_t> decays = {1, 0, 1};
  Floats values = noise(total, 5), mean(total), variance(total);
  double norm = 0;
  for (int step = 1; step <= 2; step++) {
    kernels().update({.gradients = {3, pointers, sizes},
                      .decays = decays.data(),
                      .values = values.data(),
                      .mean = mean.data(),
                      .variance = variance.data(),
                      .clipNorm = 1,
                      .rule = ruleOf(kind, step)},
                     &norm);
  }
  return values + mean + variance + Floats{static_cast<float>(norm)};
}

// Calls run(name, case) for all cases; case() returns numbers.
template <class Run>
void forAllCases(const Run &run) {
  constexpr int COUNT = sizeof SIZES / sizeof *SIZES;
  int turn = 0;
  for (int m : SIZES) {
    for (int n : SIZES) {
      turn++;
      const int k = SIZES[turn % COUNT];
      for (int i = turn % 3; i < COUNT; i += 3) {
        for (int kind = 0; kind < 8; kind++) {
          run("matMul", [&] { return matMulCase(m, n, SIZES[i], kind & 1, kind & 2, kind & 4); });
        }
      }
      run("layerNorm", [&] { return layerNormCase(m, n); });
      run("embedding", [&] { return embeddingCase(m, n, 9); });
      run("broadcast", [&] { return broadcastCase(m, n, turn % 3); });
      run("reduce", [&] { return reduceCase(m, n, turn % 2 ? k : 1); });
      run("copy", [&] { return copyCase(m, n); });
      run("linearGrad", [&] { return linearGradCase(m, n, k, turn & 1, turn % 3); });
      run("crossEntropy", [&] { return crossEntropyCase(m, k, n, turn & 1, turn % 4 < 2 ? 0 : 1.5f); });
      run("rmsNorm", [&] { return rmsNormCase(m, n); });
      run("gated", [&] { return gatedCase(m, n, GateActivation(turn & 1)); });
      run("normHeads", [&] { return normHeadsCase(m, n, turn & 1); });
      run("rotateHeads", [&] { return rotateHeadsCase(m, n, n / (2 + 2 * (turn & 1)) * 2); });
    }
    for (int headDim : {1, 8, 15, 64}) {
      const Seen all[] = {{false, 0, 0, 0}, {true, 0, 0, 0},   {false, 7, 1, 0},
                          {false, 0, 0, m}, {false, 20, 0, 9}, {false, 9, 1, m + 30}};
      for (int kind = 0; kind < 6 * 4; kind++) {
        run("attention", [&] { return attentionCase(2, m, 3, headDim, all[kind / 4], kind & 1, kind & 2); });
      }
      for (int kind = 0; kind < 4; kind++) {
        run("attention", [&] {
          const Seen window{false, 0, 0, 0, kind & 1 ? 1 + m / 2 : 0};
          return attentionCase(2, m, 6, headDim, window, kind & 1, kind & 2, 3, kind & 2 ? 0.5f : 0);
        });
      }
      for (int kind = 0; kind < 8; kind++) {
        run("compressed attention",
            [&] { return compressedCase(2, m, 3, headDim, 2 + kind / 4, kind & 4, kind & 1, kind & 2); });
      }
      for (Width width : {Width::f32, Width::f16, Width::int8, Width::q8, Width::q4}) {
        run("step", [&] { return stepCase(m, 3, headDim, 2 * m + 199, m + 4, width); });
        run("step with shared keys", [&] { return sharedStepCase(m, headDim, m + 70, 9, width, m / 2); });
        run("step in groups", [&] { return stepCase(m, 3, headDim, 17, 9, width, 3, false); });
        run("step in groups", [&] { return stepCase(m, 3, headDim, 17, 9, width, 2, true); });
      }
    }
    run("elementwise", [&] { return elementwiseCase(m); });
  }
  for (Width width : {Width::f32, Width::f16, Width::int8, Width::q8, Width::q4}) {
    run("step", [&] { return stepCase(17, 3, 8, 1024, 9, width); });
  }
  run("matMul", [&] { return matMulCase(600, 70, 2100, false, true, true); });
  run("matMul", [&] { return matMulCase(2100, 35, 40, true, false, true); });
  run("matMul", [&] { return matMulCase(3, 2100, 300, false, false, true); });
  run("attention", [&] { return attentionCase(1, 200, 2, 256, {true, 0, 0, 0}, true, false); });
  run("attention", [&] { return attentionCase(2, 200, 2, 30, {false, 0, 0, 150}, false, true); });
  run("compressed attention", [&] { return compressedCase(2, 400, 2, 30, 3, false, true, true); });
  run("attention", [&] { return attentionCase(1, 200, 2, 256, {false, 48, 1, 96}, true, false); });
  run("crossEntropy", [&] { return crossEntropyCase(70, 9, 300000, true); });
  run("elementwise", [&] { return elementwiseCase(50001); });
  run("broadcast", [&] { return broadcastCase(300, 201, 1); });
  run("reduce", [&] { return reduceCase(2, 9001, 1); });
  for (auto kind : {UpdateRule::Kind::adam, UpdateRule::Kind::sgd}) {
    run("update", [&] { return updateCase(kind); });
  }
}

}  // namespace ramble
