// Every kernel at sizes where kernels go wrong. A case returns all numbers that it computed; its
// arrays are exactly as large as they must be, so that a sanitizer sees the first one beyond.
#pragma once

#include <vector>

#include "../cpp/dispatch.h"

namespace ramble {

using Floats = std::vector<float>;
using Ints = std::vector<int32_t>;

#if defined(__SANITIZE_THREAD__)
// Races depend on how work is divided, hardly on sizes, and this sanitizer is slow.
constexpr int SIZES[] = {1, 17, 65};
#else
constexpr int SIZES[] = {1, 7, 8, 9, 15, 16, 17, 63, 64, 65};
#endif
constexpr Dropout DROPOUT = {uint64_t(1) << 30, 4.0f / 3, 5, 6, 7, 8};

// A kernel that is new needs a case here.
static_assert(sizeof(Kernels) == 24 * sizeof(void *), "expected a case for every kernel");

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

inline Floats gemmCase(int m, int n, int k, bool transposeA, bool transposeB, bool hasEpilogue) {
  const Floats a = noise(size_t(m) * k, 1), b = noise(size_t(k) * n, 2), bias = noise(n, 3);
  Floats c = noise(size_t(m) * n, 4), activated(hasEpilogue ? c.size() : 0);
  Gemm p{m, n, k, a.data(), size_t(transposeA ? m : k), transposeA, b.data(),
         size_t(transposeB ? k : n), transposeB, c.data(), size_t(n), !hasEpilogue, nullptr, nullptr};
  if (hasEpilogue) {
    p.bias = bias.data();
    p.activated = activated.data();
  }
  kernels().gemm(p);
  return c + activated;
}

inline Floats linearGradCase(int rows, int in, int out, bool hasGelu) {
  const Floats dy = noise(size_t(rows) * out, 1), x = noise(size_t(rows) * in, 2);
  const Floats weight = noise(size_t(in) * out, 3), sum = noise(size_t(rows) * out, 4);
  Floats dx(x.size()), dWeight(weight.size()), dBias(out);
  kernels().linearGrad({rows, in, out, dy.data(), x.data(), weight.data(),
                        hasGelu ? sum.data() : nullptr, dx.data(), dWeight.data(), dBias.data()});
  return dx + dWeight + dBias;
}

inline Floats layerNormCase(int rows, int width) {
  const Floats x = noise(size_t(rows) * width, 1), gain = noise(width, 2), bias = noise(width, 3);
  Floats y(x.size()), mean(rows), inverse(rows), dx(x.size()), dGain(width), dBias(width);
  kernels().layerNorm({rows, width, 1e-5f, x.data(), gain.data(), bias.data(), y.data(),
                       mean.data(), inverse.data()});
  kernels().layerNormGrad({rows, width, y.data(), x.data(), gain.data(), mean.data(),
                           inverse.data(), dx.data(), dGain.data(), dBias.data()});
  return y + mean + inverse + dx + dGain + dBias;
}

// What a position sees: blocks of this many positions, 0 for none; rows of distances, 0 for none.
struct Seen {
  bool hasPrefix;
  int block, back, reach;
};

inline Floats attentionCase(int batch, int length, int heads, int headDim, Seen seen, bool hasDropout,
                            bool hasPadding) {
  const size_t rows = size_t(batch) * length, width = size_t(heads) * headDim;
  const Floats qkv = noise(rows * 3 * width, 1), dRead = noise(rows * width, 2);
  const Floats distances = noise(seen.reach * width, 3);
  Ints prefix(batch), ends(batch);
  for (int i = 0; i < batch; i++) {
    prefix[i] = (length - i) / 2;
    ends[i] = i % 2 ? length - length / 3 : 0;
  }
  Floats read(rows * width), logSum(size_t(batch) * heads * length), dQkv(qkv.size());
  Floats dDistances(distances.size());
  const Attention forward{batch, length, heads, headDim, qkv.data(),
                          seen.hasPrefix ? prefix.data() : nullptr, hasPadding ? ends.data() : nullptr,
                          seen.block, seen.back, seen.reach > 0 ? distances.data() : nullptr, seen.reach,
                          0, nullptr, nullptr, 0,
                          hasDropout ? DROPOUT : Dropout{}, read.data(), logSum.data()};
  kernels().attention(forward);
  kernels().attentionGrad({forward, dRead.data(), dQkv.data(), dDistances.data(), nullptr, nullptr});
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
  const Attention forward{batch, length, heads, headDim, qkv.data(), nullptr,
                          hasPadding ? ends.data() : nullptr, 0, 0, nullptr, 0, group,
                          keys.data() + keyAt, values.data() + valueAt, line,
                          hasDropout ? DROPOUT : Dropout{}, read.data(), logSum.data()};
  kernels().attention(forward);
  kernels().attentionGrad({forward, dRead.data(), dQkv.data(), nullptr, dKeys.data() + keyAt,
                           dValues.data() + valueAt});
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
    // To an eighth: with larger scores attention looks at one position, and the last bit says which.
    for (float &value : wide) value /= 8;
    for (float &scale : scales) scale /= 8 * 127;
    for (size_t i = 0; i < wide.size(); i++) {
      halves.push_back(uint16_t(0x2400 + i * 37 % 0x800));  // from 1/64 to 1/16
      bytes.push_back(int8_t(i * 29 % 255 - 127));
    }
  }

  Weights as(Width width, int columns) const {
    const void *values = width == Width::f32   ? static_cast<const void *>(wide.data())
                         : width == Width::f16 ? static_cast<const void *>(halves.data())
                                               : static_cast<const void *>(bytes.data());
    return {width, columns, values, width == Width::int8 ? scales.data() : nullptr};
  }
};

inline StepOp stepOp(StepKind kind, int from, int to, int in, int out) {
  StepOp op{};
  op.kind = kind;
  op.from = from;
  op.to = to;
  op.in = in;
  op.out = out;
  return op;
}

// One op of each kind: two feeds, the first behind three positions; the second of one token, now and then
// behind positions that it shares with the first. With groups attention compresses, what is made of the
// inputs where `isOfInput`.
inline Floats stepCase(int rows, int heads, int headDim, int inner, int vocabulary, Width width,
                       int group = 0, bool isOfInput = false) {
  const int reach = group > 0 ? 0 : rows / 2, block = group > 0 ? 0 : rows % 3;  // none now and then
  const int C = heads * headDim, capacity = rows + 3;
  const StepMatrix table(vocabulary, C, 1), positions(capacity, C, 2), qkv(C, 3 * C, 3);
  const StepMatrix up(C, inner, 4), down(inner, C, 5), distances(heads * reach, headDim, 10);
  const StepMatrix convolution(group * C, C, 11);
  const Floats gain = noise(C, 6), bias = noise(3 * C > inner ? 3 * C : inner, 7);
  // Places: two of C, then qkv, what is lifted, and for groups what is gathered, compressed and projected.
  const int normed = 0, other = C, stream = 2 * C, wide = 3 * C, lifted = 6 * C, gathered = lifted + inner;
  const int first = gathered + group * C, second = first + C, both = second + C;
  const auto linear = [&](int from, int to, int in, int out, const StepMatrix &weights) {
    StepOp op = stepOp(StepKind::linear, from, to, in, out);
    op.weights = weights.as(width, out);
    op.bias = bias.data();
    return op;
  };
  const auto of = [&](StepRows rows, StepOp op) {
    op.rows = rows;
    return op;
  };
  const auto groups = [&](int from, int in, int column) {
    StepOp op = of(StepRows::groups, stepOp(StepKind::groups, from, gathered, in, group * C));
    op.group = group;
    op.column = column;
    return op;
  };
  std::vector<StepOp> ops = {stepOp(StepKind::tokens, 0, normed, 0, C), stepOp(StepKind::positions, 0, other, 0, C),
                             stepOp(StepKind::add, normed, stream, 0, C),
                             stepOp(StepKind::layerNorm, stream, normed, C, C),
                             linear(normed, wide, C, 3 * C, qkv)};
  ops[0].weights = table.as(width, C);
  ops[1].weights = positions.as(width, C);
  ops[2].other = other;
  ops[3].gain = gain.data();
  ops[3].bias = bias.data();
  StepOp attention = stepOp(StepKind::attention, wide, stream, 3 * C, C);
  attention.block = block;
  attention.back = 1;
  attention.reach = reach;
  attention.weights = distances.as(width, headDim);
  attention.group = group;
  if (group > 0 && isOfInput) {
    ops.push_back(groups(normed, C, 0));
    ops.push_back(of(StepRows::groups, linear(gathered, first, group * C, C, convolution)));
    ops.push_back(of(StepRows::groups, linear(first, both, C, 3 * C, qkv)));
    attention.keys = attention.values = both;
    attention.input = normed;
  } else if (group > 0) {
    for (int part : {0, 1}) {
      ops.push_back(groups(wide, 3 * C, (1 + part) * C));
      ops.push_back(of(StepRows::groups, linear(gathered, part ? second : first, group * C, C, convolution)));
    }
    attention.keys = first;
    attention.values = second;
  }
  ops.push_back(attention);
  ops.push_back(of(StepRows::wanted, stepOp(StepKind::select, stream, other, C, C)));
  ops.push_back(of(StepRows::wanted, linear(other, lifted, C, inner, up)));
  ops.back().hasGelu = true;
  ops.push_back(of(StepRows::wanted, linear(lifted, normed, inner, C, down)));
  ops.push_back(of(StepRows::wanted, stepOp(StepKind::logits, normed, 0, C, vocabulary)));
  ops.back().weights = table.as(width, C);
  std::vector<StepStage> stages(2 * ops.size());
  const CacheLayout layout = {group > 0 ? 1 + capacity / group : 0, group > 0 ? group + 2 : capacity};
  const size_t slot = size_t(layout.memoryRows + layout.positionRows) * C;
  Floats keys = noise(2 * slot, 8), values = noise(2 * slot, 9);
  float *keysOf[] = {keys.data()}, *valuesOf[] = {values.data()};
  StepProgram program{int(ops.size()), 1, heads, headDim, 1e-5f, both + 3 * C, group,
                      ops.data(), stages.data(), keysOf, valuesOf};
  const int count = rows > 1 ? rows - 1 : 1, feedCount = rows > 1 ? 2 : 1;
  const bool isShared = group == 0 && rows % 2 == 1;
  const StepFeed sharing{0, count, 1, 3, 0, 1, 2}, beginning{0, count, 1, 0, group > 0 ? 0 : 1, 0, 0};
  const StepFeed feeds[] = {{1, 0, count, 3, 0, 1, 0}, isShared ? sharing : beginning};
  const Ints tokens = idsBelow(vocabulary, rows), places = idsBelow(capacity, rows);
  Ints wanted = {rows - 1};
  if (rows % 2 == 0) wanted = idsBelow(rows, rows);
  Floats logits(wanted.size() * vocabulary);
  kernels().runStep({&program, rows, feedCount, tokens.data(), places.data(), feeds, &layout,
                     int(wanted.size()), wanted.data(), logits.data()});
  return logits + keys + values;
}

inline Floats embeddingCase(int count, int width, int rows) {
  const Floats table = noise(size_t(rows) * width, 1);
  const Ints ids = idsBelow(rows, count);
  Floats y(size_t(count) * width), dTable(table.size());
  kernels().gather({count, width, rows, ids.data()}, table.data(), y.data());
  kernels().scatterAdd({count, width, rows, ids.data()}, y.data(), dTable.data());
  return y + dTable;
}

inline Floats crossEntropyCase(int rows, int width, int vocabulary, bool hasGradient) {
  const Floats hidden = noise(size_t(rows) * width, 1), weights = noise(rows, 3);
  const Floats projection = noise(size_t(vocabulary) * width, 2);
  const Ints targets = idsBelow(vocabulary, rows);
  Floats perPosition(rows), dHidden(hidden.size()), dProjection(projection.size());
  double loss = 0;
  kernels().crossEntropy({rows, width, vocabulary, hidden.data(), projection.data(),
                          targets.data(), weights.data(), 0.9f, 0.01f, 0.1f, 0.01f,
                          perPosition.data(), hasGradient ? dHidden.data() : nullptr,
                          hasGradient ? dProjection.data() : nullptr},
                         &loss);
  return perPosition + dHidden + dProjection + Floats{static_cast<float>(loss)};
}

// The distribution over logits, of either width.
inline Floats drawnFrom(const Floats &logits) {
  const std::vector<double> wide(logits.begin(), logits.end());
  std::vector<double> ofFloats(logits.size()), ofDoubles(logits.size()), totals(4);
  kernels().distribution(logits.size(), logits.data(), ofFloats.data(), totals.data());
  kernels().wideDistribution(logits.size(), wide.data(), ofDoubles.data(), totals.data() + 2);
  return Floats(totals.begin(), totals.end()) + Floats(ofFloats.begin(), ofFloats.end()) +
         Floats(ofDoubles.begin(), ofDoubles.end());
}

// Bits of 16-bit floats, written over the numbers that they round.
inline Floats inHalves(Floats x) {
  uint16_t *const halves = reinterpret_cast<uint16_t *>(x.data());
  const size_t count = kernels().narrowed(x.size(), x.data(), halves);
  return Floats(halves, halves + count);
}

inline Floats elementwiseCase(int count) {
  const Floats a = noise(count, 1), b = noise(count, 2);
  Floats all, chosen(count);
  for (int kind = 0; kind <= int(Unary::rectified); kind++) {
    Floats y(count);
    kernels().unary(Unary(kind), count, a.data(), y.data());
    all = all + y;
  }
  std::vector<uint8_t> condition(count);
  for (int i = 0; i < count; i++) condition[i] = i % 3 == 0;
  kernels().select(count, condition.data(), a.data(), b.data(), chosen.data());
  all = all + chosen;
  Floats scaled(count), dropped(count), joined(count), soft(count);
  kernels().scale(count, a.data(), 3, scaled.data());
  kernels().dropout(count, nullptr, a.data(), DROPOUT, dropped.data());
  kernels().dropout(count, a.data(), b.data(), DROPOUT, joined.data());
  kernels().softmax(1, count, a.data(), soft.data());
  return all + scaled + dropped + joined + soft + drawnFrom(a) + inHalves(b);
}

// a is [m, n] and b, by kind, the same or a row or a column of it.
inline Floats broadcastCase(int m, int n, int kind) {
  const Ints walk = {m, n, n, 1, kind == 1 ? 0 : kind == 2 ? 1 : n, kind == 2 ? 0 : 1};
  const Walk w{2, walk.data(), walk.data() + 2, walk.data() + 4};
  const Floats a = noise(size_t(m) * n, 1), b = noise(kind == 1 ? n : kind == 2 ? m : m * n, 2);
  Floats all;
  for (int i = 0; i <= int(Binary::squaredDifference); i++) {
    Floats y(a.size());
    kernels().binary(Binary(i), w, a.data(), b.data(), y.data());
    all = all + y;
  }
  for (int i = 0; i <= int(Comparison::greaterEqual); i++) {
    std::vector<uint8_t> y(a.size());
    kernels().compare(Comparison(i), w, a.data(), b.data(), y.data());
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

// The transpose and the rows, one behind the other.
inline Floats copyCase(int m, int n) {
  const Floats x = noise(size_t(m) * n, 1);
  const Ints transpose = {n, m, 1, n, m, 1}, rows = {m, n, n, 1, n, 1};
  Floats y(2 * x.size());
  kernels().copy({2, transpose.data(), transpose.data() + 2, transpose.data() + 4}, x.data(), y.data());
  kernels().copy({2, rows.data(), rows.data() + 2, rows.data() + 4}, x.data(), y.data() + x.size());
  return y;
}

inline Floats updateCase(bool isAdam) {
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
    kernels().update({3, sizes, decays.data(), pointers, values.data(), mean.data(),
                      variance.data(), isAdam, 0.01, 0.1, 1, 0.9, 0.95, 1e-8, true,
                      double(step), 0.9, true},
                     &norm);
  }
  return values + mean + variance + Floats{static_cast<float>(norm)};
}

// Calls run(name, case) for all of them, where case() returns numbers.
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
          run("gemm", [&] { return gemmCase(m, n, SIZES[i], kind & 1, kind & 2, kind & 4); });
        }
      }
      run("layerNorm", [&] { return layerNormCase(m, n); });
      run("embedding", [&] { return embeddingCase(m, n, 9); });
      run("broadcast", [&] { return broadcastCase(m, n, turn % 3); });
      run("reduce", [&] { return reduceCase(m, n, turn % 2 ? k : 1); });
      run("copy", [&] { return copyCase(m, n); });
      run("linearGrad", [&] { return linearGradCase(m, n, k, turn & 1); });
      run("crossEntropy", [&] { return crossEntropyCase(m, k, n, turn & 1); });
    }
    for (int headDim : {1, 8, 15, 64}) {
      const Seen all[] = {{false, 0, 0, 0}, {true, 0, 0, 0},  {false, 7, 1, 0},
                          {false, 0, 0, m}, {false, 20, 0, 9}, {false, 9, 1, m + 30}};
      for (int kind = 0; kind < 6 * 4; kind++) {
        run("attention",
            [&] { return attentionCase(2, m, 3, headDim, all[kind / 4], kind & 1, kind & 2); });
      }
      for (int kind = 0; kind < 8; kind++) {
        run("compressed attention",
            [&] { return compressedCase(2, m, 3, headDim, 2 + kind / 4, kind & 4, kind & 1, kind & 2); });
      }
      for (Width width : {Width::f32, Width::f16, Width::int8}) {
        run("step", [&] { return stepCase(m, 3, headDim, 2 * m + 199, m + 4, width); });
        run("step in groups", [&] { return stepCase(m, 3, headDim, 17, 9, width, 3, false); });
        run("step in groups", [&] { return stepCase(m, 3, headDim, 17, 9, width, 2, true); });
      }
    }
    run("elementwise", [&] { return elementwiseCase(m); });
  }
  for (Width width : {Width::f32, Width::f16, Width::int8}) {
    run("step", [&] { return stepCase(17, 3, 8, 1024, 9, width); });
  }
  run("gemm", [&] { return gemmCase(600, 70, 2100, false, true, true); });
  run("gemm", [&] { return gemmCase(2100, 35, 40, true, false, true); });
  run("gemm", [&] { return gemmCase(3, 2100, 300, false, false, true); });
  run("attention", [&] { return attentionCase(1, 200, 2, 256, {true, 0, 0, 0}, true, false); });
  run("attention", [&] { return attentionCase(2, 200, 2, 30, {false, 0, 0, 150}, false, true); });
  run("compressed attention", [&] { return compressedCase(2, 400, 2, 30, 3, false, true, true); });
  run("attention", [&] { return attentionCase(1, 200, 2, 256, {false, 48, 1, 96}, true, false); });
  run("crossEntropy", [&] { return crossEntropyCase(70, 9, 300000, true); });
  run("elementwise", [&] { return elementwiseCase(50001); });
  run("broadcast", [&] { return broadcastCase(300, 201, 1); });
  run("reduce", [&] { return reduceCase(2, 9001, 1); });
  for (bool isAdam : {false, true}) run("update", [&] { return updateCase(isAdam); });
}

}  // namespace ramble
