#include "dispatch/dispatch.h"

#include <string.h>

#include "pool/pool.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

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

#if defined(__x86_64__)
/** Clang's `__builtin_cpu_supports` does not know the name. */
bool hasF16c() {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

struct Candidate {
  const Kernels *table;
  bool (*isHere)();
};

#if defined(__x86_64__)
bool hasAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

// __builtin_cpu_supports of older compilers does not know the name. The instructions need no more of the
// system than AVX-512 does.
bool hasAvx512Bf16() {
  unsigned a, b, c, d;
  return hasAvx512() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1 << 5);
}
#endif

const Candidate candidates[] = {
#if defined(__x86_64__)
    {&avx512::tableWithPairs, hasAvx512Bf16},
    {&avx512::table, hasAvx512},
    {&avx2::table,
     [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && hasF16c(); }},
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
