#include "pool/scratch.h"

#include "old-glibc.h"

#include <stdlib.h>
#include <sys/mman.h>

#include <utility>

namespace ramble {
namespace {

constexpr size_t PAGE = 2 << 20;  // bytes of a huge page

struct Parts {
  float *memory[static_cast<int>(Scratch::count)];
  size_t floats[static_cast<int>(Scratch::count)];
};

pthread_key_t key;
pthread_once_t once = PTHREAD_ONCE_INIT;

void release(void *parts) {
  for (float *memory : static_cast<Parts *>(parts)->memory) free(memory);
  free(parts);
}

Parts *partsOfThread() {
  pthread_once(&once, [] { pthread_key_create(&key, release); });
  void *parts = pthread_getspecific(key);
  if (parts == nullptr && (parts = calloc(1, sizeof(Parts))) != nullptr) {
    pthread_setspecific(key, parts);
  }
  return static_cast<Parts *>(parts);
}

// madvise of the whole huge pages in this memory.
void advise([[maybe_unused]] void *memory, [[maybe_unused]] size_t bytes, [[maybe_unused]] int advice) {
#if defined(__linux__)
  const size_t start = (reinterpret_cast<size_t>(memory) + PAGE - 1) / PAGE * PAGE;
  const size_t end = (reinterpret_cast<size_t>(memory) + bytes) / PAGE * PAGE;
  if (end > start) madvise(reinterpret_cast<void *>(start), end - start, advice);
#endif
}

}  // namespace

void useHugePages(void *memory, size_t bytes) {
  constexpr int HUGE_PAGES = 14;  // MADV_HUGEPAGE
  advise(memory, bytes, HUGE_PAGES);
}

void moveToHugePages(MemorySpan *spans, int count) {
  constexpr int COLLAPSE = 25;  // MADV_COLLAPSE, since Linux 6.1
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
      advise(reinterpret_cast<void *>(page), PAGE, COLLAPSE);
    }
  }
}

float *scratch(Scratch part, size_t floats) {
  Parts *parts = partsOfThread();
  if (parts == nullptr) return nullptr;
  const int i = static_cast<int>(part);
  if (parts->floats[i] >= floats) return parts->memory[i];
  free(parts->memory[i]);
  const size_t bytes = (floats * sizeof(float) + PAGE - 1) / PAGE * PAGE;
  void *memory = nullptr;
  if (posix_memalign(&memory, PAGE, bytes) != 0) memory = nullptr;
  if (memory != nullptr) useHugePages(memory, bytes);
  parts->memory[i] = static_cast<float *>(memory);
  parts->floats[i] = memory == nullptr ? 0 : bytes / sizeof(float);
  return parts->memory[i];
}

}  // namespace ramble
