// The instruction set in use: the best one of this processor, or the one that was asked for. Each
// calling thread has its own, as each of Node's worker threads loads the addon for itself.
#pragma once

#include "ops/ops.gen.h"

namespace ramble {

const Kernels &kernels();
// The i-th instruction set that this processor has, best first; null behind the last.
const Kernels *available(int i);
// False when the processor lacks it.
bool useKernels(const char *name);

}  // namespace ramble
