#include "dispatch/dispatch.h"

#include <string.h>

#include "pool/pool.h"
#include "system/processor.h"

namespace ramble {

#if defined(__x86_64__)
namespace avx512 {
extern const Kernels table, tableWithPairs;
}
namespace avx2 {
extern const Kernels table;
}
#endif
namespace portable {
extern const Kernels table;
}

namespace {

struct Candidate {
  const Kernels *table;
  bool (*isHere)();
};

const Candidate candidates[] = {
#if defined(__x86_64__)
    {&avx512::tableWithPairs, [] { return processor().hasAvx512Bf16; }},
    {&avx512::table, [] { return processor().hasAvx512; }},
    {&avx2::table, [] { return processor().hasAvx2; }},
#endif
    {&portable::table, [] { return true; }},
};

thread_local const Kernels *inUse = nullptr;

void use(const Kernels *table) {
  inUse = table;
#if defined(__x86_64__)
  setPairs(table == &avx512::tableWithPairs);
#endif
}

}  // namespace

const Kernels *available(int i) {
  for (const Candidate &candidate : candidates) {
    if (candidate.isHere() && i-- == 0) return candidate.table;
  }
  return nullptr;
}

const Kernels &kernels() {
  if (!inUse) use(available(0));
  return *inUse;
}

bool useKernels(const char *name) {
  for (int i = 0; const Kernels *table = available(i); i++) {
    if (strcmp(table->name, name) != 0) continue;
    use(table);
    return true;
  }
  return false;
}

}  // namespace ramble
