// The instruction set in use: the best one of this processor, or the one that was asked for.
#pragma once

#include "kernels.h"

namespace ramble {

const Kernels &kernels();
// The i-th instruction set that this processor has, best first; null behind the last.
const Kernels *available(int i);
// False when the processor lacks it.
bool useKernels(const char *name);

}  // namespace ramble
