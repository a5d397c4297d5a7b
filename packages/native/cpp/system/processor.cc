#include "system/processor.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace ramble {
namespace {

#if defined(__x86_64__)
// The states of registers that the system keeps (XCR0); `leaf1` is of cpuid.
unsigned keptStates(unsigned leaf1) {
  if (!(leaf1 & bit_OSXSAVE)) return 0;
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

bool isMadeByAmd() {
  unsigned a, b, c, d;
  return __get_cpuid(0, &a, &b, &c, &d) && b == signature_AMD_ebx && d == signature_AMD_edx &&
         c == signature_AMD_ecx;
}

Processor look() {
  constexpr unsigned AVX_STATES = 0x6;
#if defined(__APPLE__)
  constexpr unsigned AVX512_STATES = AVX_STATES;  // the rest from a thread's first instruction that needs it
#else
  constexpr unsigned AVX512_STATES = 0xe6;
#endif
  constexpr unsigned AVX512 = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
  constexpr unsigned LEAF1 = bit_FMA | bit_F16C | bit_AVX;
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & LEAF1) != LEAF1) return {};
  const unsigned kept = keptStates(c);
  if ((kept & AVX_STATES) != AVX_STATES || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return {};
  Processor found{};
  found.isAmd = isMadeByAmd();
  found.hasAvx2 = b & bit_AVX2;
  found.hasAvx512 = (kept & AVX512_STATES) == AVX512_STATES && (b & AVX512) == AVX512;
  found.hasAvx512Vnni = found.hasAvx512 && (c & bit_AVX512VNNI);
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) {
    found.hasAvxVnni = found.hasAvx2 && (a & 1 << 4);
    found.hasAvx512Bf16 = found.hasAvx512 && (a & 1 << 5);
  }
  return found;
}
#elif defined(__aarch64__) && defined(__linux__)
Processor look() {
  constexpr unsigned long ASIMDDP = 1 << 20;  // of HWCAP
  return {(getauxval(AT_HWCAP) & ASIMDDP) != 0};
}
#elif defined(__aarch64__)
Processor look() { return {true}; }  // every processor of Apple for computers
#else
Processor look() { return {}; }
#endif

}  // namespace

const Processor &processor() {
  static const Processor found = look();
  return found;
}

}  // namespace ramble
