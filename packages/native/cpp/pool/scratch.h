// Working memory of kernels, kept between calls: each calling thread has its own. Huge pages.
#pragma once

#include <stddef.h>

namespace ramble {

// Parts that are in use at the same time.
enum class Scratch { packed, work, more, count };

// At least `floats` floats, aligned to 64 bytes, with any content; null when there is no memory.
// Valid until the same thread asks for the same part again.
float *scratch(Scratch part, size_t floats);

// Huge pages, which are read faster, for memory that nobody has touched yet; where the system has them.
void useHugePages(void *memory, size_t bytes);
// The same for memory in use, which is copied.
void moveToHugePages(void *memory, size_t bytes);

}  // namespace ramble
