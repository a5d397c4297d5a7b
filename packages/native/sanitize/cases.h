// Every kernel at sizes where kernels go wrong. A case returns all numbers that it computed; its
// arrays are exactly as large as they must be, so that a sanitizer sees the first one beyond.
#pragma once

#include "attention-cases.h"
#include "call-list-case.h"
#include "elementwise-cases.h"
#include "product-cases.h"
#include "row-cases.h"
#include "step-cases.h"
#include "update-case.h"

namespace ramble {

#if defined(__SANITIZE_THREAD__)
// Races depend on how work is divided, hardly on sizes, and this sanitizer is slow.
constexpr int SIZES[] = {1, 17, 65};
#else
constexpr int SIZES[] = {1, 7, 8, 9, 15, 16, 17, 63, 64, 65};
#endif

// A new kernel needs a case.
static_assert(RAMBLE_KERNEL_COUNT == 34, "expected a case for every kernel");

// Calls run(name, case) for all cases; case() returns numbers.
template <class Run>
void forAllCases(const Run &run) {
  constexpr int COUNT = sizeof SIZES / sizeof *SIZES;
  int turn = 0;
  for (int m : SIZES) {
    for (int n : SIZES) {
      turn++;
      const int k = SIZES[turn % COUNT];
      for (int i = turn % 3; i < COUNT; i += 3) {
        for (int kind = 0; kind < 16; kind++) {
          run("matMul", [&] { return matMulCase(m, n, SIZES[i], kind & 1, kind & 2, kind & 4, kind & 8); });
        }
      }
      run("layerNorm", [&] { return layerNormCase(m, n); });
      run("embedding", [&] { return embeddingCase(m, n, 9); });
      run("broadcast", [&] { return broadcastCase(m, n, turn % 3); });
      run("reduce", [&] { return reduceCase(m, n, turn % 2 ? k : 1); });
      run("copy", [&] { return copyCase(m, n); });
      run("linearGrad", [&] { return linearGradCase(m, n, k, turn & 1, turn % 3, turn & 4); });
      run("crossEntropy",
          [&] { return crossEntropyCase(m, k, n, turn & 1, turn % 4 < 2 ? 0 : 1.5f, turn & 8); });
      run("crossEntropy of pairs",
          [&] { return crossEntropyCase(2 * m, k, n, turn & 1, turn % 4 < 2 ? 0 : 1.5f, turn & 8, 2); });
      run("rmsNorm", [&] { return rmsNormCase(m, n); });
      for (Width width : {Width::f32, Width::f16, Width::int8, Width::q8, Width::q4}) {
        run("dequantize", [&] { return dequantizeCase(m, n, width); });
      }
      run("gated", [&] { return gatedCase(m, n, GateActivation(turn & 1)); });
      run("normHeads", [&] { return normHeadsCase(m, n, turn & 1); });
      run("rotateHeads", [&] { return rotateHeadsCase(m, n, n / (2 + 2 * (turn & 1)) * 2); });
    }
    for (int headDim : {1, 8, 15, 64}) {
      const Seen all[] = {{false, 0, 0, 0}, {true, 0, 0, 0},   {false, 7, 1, 0},
                          {false, 0, 0, m}, {false, 20, 0, 9}, {false, 9, 1, m + 30}};
      for (int kind = 0; kind < 6 * 4; kind++) {
        run("attention", [&] { return attentionCase(2, m, 3, headDim, all[kind / 4], kind & 1, kind & 2); });
      }
      for (int kind = 0; kind < 4; kind++) {
        run("attention", [&] {
          const Seen window{false, 0, 0, 0, kind & 1 ? 1 + m / 2 : 0};
          return attentionCase(2, m, 6, headDim, window, kind & 1, kind & 2, 3, kind & 2 ? 0.5f : 0);
        });
      }
      for (int kind = 0; kind < 8; kind++) {
        run("compressed attention",
            [&] { return compressedCase(2, m, 3, headDim, 2 + kind / 4, kind & 4, kind & 1, kind & 2); });
      }
      for (Width width : {Width::f32, Width::f16, Width::int8, Width::q8, Width::q4, Width::f32Panels,
                          Width::f16Panels, Width::int8Panels}) {
        run("step", [&] { return stepCase(m, 3, headDim, 2 * m + 199, m + 4, width); });
        run("step with shared keys", [&] { return sharedStepCase(m, headDim, m + 70, 9, width, m / 2); });
        run("step in groups", [&] { return stepCase(m, 3, headDim, 17, 9, width, 3, false); });
        run("step in groups", [&] { return stepCase(m, 3, headDim, 17, 9, width, 2, true); });
      }
    }
    run("elementwise", [&] { return elementwiseCase(m); });
    run("call list", [&] { return callListCase(m, 67); });
  }
  for (Width width : {Width::f32, Width::f16, Width::int8, Width::q8, Width::q4, Width::f32Panels,
                      Width::f16Panels, Width::int8Panels}) {
    run("step", [&] { return stepCase(17, 3, 8, 1024, 9, width); });
  }
  run("matMul", [&] { return matMulCase(600, 70, 2100, false, true, true); });
  run("matMul", [&] { return matMulCase(2100, 35, 40, true, false, true); });
  run("matMul", [&] { return matMulCase(40, 35, 1100, true, false, false); });
  run("matMul", [&] { return matMulCase(3, 2100, 300, false, false, true); });
  run("matMul", [&] { return matMulCase(600, 70, 2100, false, true, true, true); });
  run("matMul", [&] { return matMulCase(2100, 35, 41, true, false, true, true); });
  run("matMul", [&] { return matMulCase(40, 35, 1101, true, false, false, true); });
  run("attention", [&] { return attentionCase(1, 200, 2, 256, {true, 0, 0, 0}, true, false); });
  run("attention", [&] { return attentionCase(2, 200, 2, 30, {false, 0, 0, 150}, false, true); });
  run("compressed attention", [&] { return compressedCase(2, 400, 2, 30, 3, false, true, true); });
  run("attention", [&] { return attentionCase(1, 200, 2, 256, {false, 48, 1, 96}, true, false); });
  run("crossEntropy", [&] { return crossEntropyCase(70, 9, 300000, true); });
  run("crossEntropy of pairs", [&] { return crossEntropyCase(140, 9, 300000, true, 0, false, 2); });
  run("elementwise", [&] { return elementwiseCase(50001); });
  run("broadcast", [&] { return broadcastCase(300, 201, 1); });
  run("reduce", [&] { return reduceCase(2, 9001, 1); });
  run("call list", [&] { return callListCase(300, 201); });
  for (auto kind : {UpdateRule::Kind::adam, UpdateRule::Kind::sgd}) {
    run("update", [&] { return updateCase(kind); });
  }
}

}  // namespace ramble
