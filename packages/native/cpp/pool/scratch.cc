#include "pool/scratch.h"

#include <stdlib.h>

#include <utility>

#include "system/system.h"

namespace ramble {
namespace {

constexpr size_t PAGE = 2 << 20;  // bytes of a huge page

struct Parts {
  float *memory[static_cast<int>(Scratch::count)];
  size_t floats[static_cast<int>(Scratch::count)];
};

void release(void *parts) {
  for (float *memory : static_cast<Parts *>(parts)->memory) freeAligned(memory);
  free(parts);
}

ThreadPointer<release> ofThread;

Parts *partsOfThread() {
  void *parts = ofThread.get();
  if (parts == nullptr && (parts = calloc(1, sizeof(Parts))) != nullptr) ofThread.set(parts);
  return static_cast<Parts *>(parts);
}

// Gives advice on the whole huge pages in this memory.
void adviseWithin(void *memory, size_t bytes, Advice advice) {
  const size_t start = (reinterpret_cast<size_t>(memory) + PAGE - 1) / PAGE * PAGE;
  const size_t end = (reinterpret_cast<size_t>(memory) + bytes) / PAGE * PAGE;
  if (end > start) advise(reinterpret_cast<void *>(start), end - start, advice);
}

}  // namespace

void useHugePages(void *memory, size_t bytes) { adviseWithin(memory, bytes, Advice::useHugePages); }

void moveToHugePages(MemorySpan *spans, int count) {
  // A model has a few hundred matrices, most of them in order.
  for (int i = 1; i < count; i++) {
    for (int j = i; j > 0 && spans[j].start < spans[j - 1].start; j--) std::swap(spans[j], spans[j - 1]);
  }
  for (int i = 0; i < count;) {
    const size_t start = spans[i].start;
    size_t end = start;
    for (; i < count && spans[i].start < end + PAGE; i++) {
      const size_t endOfSpan = spans[i].start + spans[i].bytes;
      end = endOfSpan > end ? endOfSpan : end;
    }
    // One by one: the system stops at the first that it cannot move.
    for (size_t page = (start + PAGE - 1) / PAGE * PAGE; page + PAGE <= end; page += PAGE) {
      advise(reinterpret_cast<void *>(page), PAGE, Advice::moveToHugePages);
    }
  }
}

float *scratch(Scratch part, size_t floats) {
  Parts *parts = partsOfThread();
  if (parts == nullptr) return nullptr;
  const int i = static_cast<int>(part);
  if (parts->floats[i] >= floats) return parts->memory[i];
  freeAligned(parts->memory[i]);
  const size_t bytes = (floats * sizeof(float) + PAGE - 1) / PAGE * PAGE;
  void *memory = allocateAligned(PAGE, bytes);
  if (memory != nullptr) useHugePages(memory, bytes);
  parts->memory[i] = static_cast<float *>(memory);
  parts->floats[i] = memory == nullptr ? 0 : bytes / sizeof(float);
  return parts->memory[i];
}

}  // namespace ramble
