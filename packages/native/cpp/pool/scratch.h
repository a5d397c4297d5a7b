// Scratch memory of kernels in huge pages, which each calling thread keeps between calls.
#pragma once

#include <stddef.h>

namespace ramble {

// Parts that are in use at the same time.
enum class Scratch { packed, work, more, rounded, count };

// At least `floats` floats, aligned to 64 bytes, with any content; null when there is no memory.
// Valid until the same thread asks for the same part again.
float *scratch(Scratch part, size_t floats);

// Asks the system for huge pages, which are read faster, for memory that is still untouched.
void useHugePages(void *memory, size_t bytes);

struct MemorySpan {
  size_t start;  // its address
  size_t bytes;
};

// Moves memory in use to huge pages, which copies it, with what lies between spans that are less than a huge
// page apart: most matrices are smaller than one. Sorts the spans.
void moveToHugePages(MemorySpan *spans, int count);

}  // namespace ramble
