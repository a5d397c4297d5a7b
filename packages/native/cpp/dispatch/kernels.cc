// Compiled once for every instruction set, under a namespace of its own.
#include "decoding/dequantize.h"
#include "decoding/step.h"
#include "kernels/attention-grad.h"
#include "kernels/attention.h"
#include "kernels/broadcast.h"
#include "kernels/cross-entropy.h"
#include "kernels/distribution.h"
#include "kernels/dropout.h"
#include "kernels/elementwise.h"
#include "kernels/embedding.h"
#include "kernels/gated.h"
#include "kernels/layer-norm.h"
#include "kernels/linear.h"
#include "kernels/norm-heads.h"
#include "kernels/reduce.h"
#include "kernels/rms-norm.h"
#include "kernels/rotate-heads.h"
#include "kernels/round-to-float16.h"
#include "kernels/update.h"
#include "kernels/walk.h"
#include "products/mat-mul.h"

namespace ramble::RAMBLE_ISA {

#define NAMED(kernel) kernel,
extern const Kernels table;
const Kernels table = {RAMBLE_ISA_NAME, RAMBLE_EACH_KERNEL(NAMED)};

#if defined(__AVX512BW__)
// The same kernels, which may use the instructions for pairs of bf16.
extern const Kernels tableWithPairs;
const Kernels tableWithPairs = {RAMBLE_ISA_NAME "bf16", RAMBLE_EACH_KERNEL(NAMED)};
#endif

}  // namespace ramble::RAMBLE_ISA
