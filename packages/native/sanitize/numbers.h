// The numbers that cases compute with.
#pragma once

#include <stdint.h>

#include <vector>

#include "ops/ops.gen.h"

namespace ramble {

using Floats = std::vector<float>;
using Ints = std::vector<int32_t>;

constexpr DropoutMask DROPOUT = {uint64_t(1) << 30, 4.0f / 3, 5, 6, 7, 8};

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

}  // namespace ramble
