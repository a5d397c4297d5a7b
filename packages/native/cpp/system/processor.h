// What the processor has and the system keeps when it switches threads. __builtin_cpu_supports needs a part
// of the compiler's library that not every compiler has, and lacks names in older ones.
#pragma once

namespace ramble {

struct Processor {
#if defined(__x86_64__)
  bool hasAvx2;    // with FMA and F16C
  bool hasAvx512;  // F, VL, DQ and BW
  bool hasAvx512Bf16, hasAvx512Vnni, hasAvxVnni;
  bool isAmd;
#elif defined(__aarch64__)
  bool hasDot;  // SDOT
#endif
};

// Asked for once: the answer takes long where a machine is shared.
const Processor &processor();

}  // namespace ramble
