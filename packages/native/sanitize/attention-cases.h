// Attention, forward and backward.
#pragma once

#include "dispatch/dispatch.h"
#include "numbers.h"

namespace ramble {

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

}  // namespace ramble
