// Compiled once for every instruction set, under a namespace of its own.
#include "kernels.h"

#include "attention-grad.h"
#include "attention.h"
#include "broadcast.h"
#include "cross-entropy.h"
#include "distribution.h"
#include "dropout.h"
#include "embedding.h"
#include "gemm.h"
#include "layer-norm.h"
#include "linear.h"
#include "narrow.h"
#include "reduce.h"
#include "step.h"
#include "update.h"

namespace ramble::RAMBLE_ISA {

extern const Kernels table;
const Kernels table = {
    RAMBLE_ISA_NAME, gemm,       linearGrad,   layerNorm, layerNormGrad, attention, attentionGrad,
    runStep,         gather,     scatterAdd,   crossEntropy, dropout,    update,    unary,
    binary,          compare,    select,       reduce,    copy,          scale,     softmax,
    distribution<float>, distribution<double>, narrowed,
};

}  // namespace ramble::RAMBLE_ISA
