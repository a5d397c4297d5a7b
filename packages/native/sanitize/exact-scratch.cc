// Scratch of exactly the size asked for, new at every call, in place of cpp/pool/scratch.cc: the address
// sanitizer then sees a kernel that leaves its part.
#include <stdlib.h>

#include "pool/scratch.h"

namespace ramble {
namespace {

struct Parts {
  void *memory[static_cast<int>(Scratch::count)] = {};
  ~Parts() {
    for (void *part : memory) free(part);
  }
};

}  // namespace

float *scratch(Scratch part, size_t floats) {
  thread_local Parts parts;
  void *&memory = parts.memory[static_cast<int>(part)];
  free(memory);
  if (posix_memalign(&memory, 64, floats * sizeof(float)) != 0) memory = nullptr;
  return static_cast<float *>(memory);
}

}  // namespace ramble
