// What JavaScript sees: each function reads its arguments in the order of src/addon/addon-types.ts and
// runs a kernel.
#include <node_api.h>
#include <stdlib.h>

#include "addon-step.h"
#include "arguments.h"
#include "dispatch.h"
#include "pool.h"
#include "scratch.h"

namespace ramble {
namespace {

// Throws when a kernel had no memory.
napi_value finish(napi_env env, bool isDone) {
  if (!isDone) napi_throw_error(env, nullptr, "native: expected memory for a kernel's scratch, got none");
  return nullptr;
}

// The same with a result.
napi_value finish(napi_env env, bool isDone, double value) {
  napi_value result = nullptr;
  if (!isDone) return finish(env, false);
  napi_create_double(env, value, &result);
  return result;
}

napi_value toString(napi_env env, const char *text) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

napi_value matMul(napi_env env, napi_callback_info info) {
  Gemm p{};
  int batch = 0;
  size_t aStep = 0, bStep = 0;  // 0 repeats an operand for the whole batch
  Arguments(env, info)
      .read(p.a, p.b, p.c, batch, p.m, p.n, p.k, p.transposeA, p.transposeB, aStep, bStep, p.bias,
            p.activated);
  p.aLine = p.transposeA ? p.m : p.k;
  p.bLine = p.transposeB ? p.k : p.n;
  p.cLine = p.n;
  for (int i = 0; i < batch; i++) {
    if (!kernels().gemm(p)) return finish(env, false);
    p.a += aStep;
    p.b += bStep;
    p.c += static_cast<size_t>(p.m) * p.n;
  }
  return nullptr;
}

napi_value linearGrad(napi_env env, napi_callback_info info) {
  LinearGrad p{};
  Arguments(env, info).read(p.rows, p.in, p.out, p.dy, p.x, p.weight, p.sum, p.dx, p.dWeight, p.dBias);
  return finish(env, kernels().linearGrad(p));
}

napi_value layerNorm(napi_env env, napi_callback_info info) {
  LayerNorm p{};
  Arguments(env, info).read(p.rows, p.width, p.eps, p.x, p.gain, p.bias, p.y, p.mean, p.inverse);
  return finish(env, kernels().layerNorm(p));
}

napi_value layerNormGrad(napi_env env, napi_callback_info info) {
  LayerNormGrad p{};
  Arguments(env, info)
      .read(p.rows, p.width, p.dy, p.x, p.gain, p.mean, p.inverse, p.dx, p.dGain, p.dBias);
  return finish(env, kernels().layerNormGrad(p));
}

Arguments &read(Arguments &arguments, Attention &p) {
  return arguments.read(p.batch, p.length, p.heads, p.headDim, p.qkv, p.prefix, p.ends, p.block, p.back,
                        p.distances, p.reach, p.group, p.keys, p.values, p.memoryLine, p.read, p.logSum);
}

napi_value attention(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Attention p{};
  read(arguments, p).read(p.dropout);
  return finish(env, kernels().attention(p));
}

napi_value attentionGrad(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  AttentionGrad p{};
  read(arguments, p.forward)
      .read(p.dRead, p.dQkv, p.dDistances, p.dKeys, p.dValues, p.forward.dropout);
  return finish(env, kernels().attentionGrad(p));
}

napi_value gather(napi_env env, napi_callback_info info) {
  Embedding p{};
  float *table = nullptr, *y = nullptr;
  Arguments(env, info).read(p.count, p.width, p.rows, p.ids, table, y);
  kernels().gather(p, table, y);
  return nullptr;
}

napi_value scatterAdd(napi_env env, napi_callback_info info) {
  Embedding p{};
  float *dy = nullptr, *dTable = nullptr;
  Arguments(env, info).read(p.count, p.width, p.rows, p.ids, dy, dTable);
  kernels().scatterAdd(p, dy, dTable);
  return nullptr;
}

napi_value crossEntropy(napi_env env, napi_callback_info info) {
  CrossEntropy p{};
  Arguments(env, info)
      .read(p.rows, p.width, p.vocabulary, p.hidden, p.projection, p.targets, p.weights,
            p.targetShare, p.otherShare, p.entropy, p.zLoss, p.perPosition, p.dHidden,
            p.dProjection);
  double loss = 0;
  const bool isDone = kernels().crossEntropy(p, &loss);
  return finish(env, isDone, loss);
}

napi_value dropout(napi_env env, napi_callback_info info) {
  size_t count = 0;
  float *x = nullptr, *branch = nullptr, *y = nullptr;
  Dropout d{};
  Arguments(env, info).read(count, x, branch, y, d);
  kernels().dropout(count, x, branch, d, y);
  return nullptr;
}

napi_value update(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const napi_value gradients = arguments.next();
  uint32_t count = 0;
  napi_get_array_length(env, gradients, &count);
  // Sizes and pointers of the parameters.
  void *memory = malloc(count * (sizeof(float *) + sizeof(size_t)) + 1);
  if (!memory) return finish(env, false);
  const float **pointers = static_cast<const float **>(memory);
  size_t *sizes = reinterpret_cast<size_t *>(pointers + count);
  for (uint32_t i = 0; i < count; i++) {
    napi_value gradient = nullptr;
    napi_get_element(env, gradients, i, &gradient);
    void *data = nullptr;
    napi_get_typedarray_info(env, gradient, nullptr, &sizes[i], &data, nullptr, nullptr);
    pointers[i] = static_cast<const float *>(data);
  }
  Update p{};
  p.count = static_cast<int>(count);
  p.sizes = sizes;
  p.gradients = pointers;
  arguments.read(p.decays, p.values, p.mean, p.variance, p.isAdam, p.learningRate, p.weightDecay,
                 p.clipNorm, p.beta1, p.beta2, p.eps, p.isDecoupled, p.steps);
  p.momentum = p.beta1;
  p.isNesterov = p.isDecoupled;
  double norm = 0;
  const bool isDone = kernels().update(p, &norm);
  free(memory);
  return finish(env, isDone, norm);
}

napi_value unary(napi_env env, napi_callback_info info) {
  Unary kind{};
  size_t count = 0;
  float *x = nullptr, *y = nullptr;
  Arguments(env, info).read(kind, count, x, y);
  kernels().unary(kind, count, x, y);
  return nullptr;
}

napi_value binary(napi_env env, napi_callback_info info) {
  Binary kind{};
  Walk w{};
  float *a = nullptr, *b = nullptr, *y = nullptr;
  Arguments(env, info).read(kind, w, a, b, y);
  kernels().binary(kind, w, a, b, y);
  return nullptr;
}

napi_value compare(napi_env env, napi_callback_info info) {
  Comparison kind{};
  Walk w{};
  float *a = nullptr, *b = nullptr;
  uint8_t *y = nullptr;
  Arguments(env, info).read(kind, w, a, b, y);
  kernels().compare(kind, w, a, b, y);
  return nullptr;
}

napi_value select(napi_env env, napi_callback_info info) {
  size_t count = 0;
  uint8_t *condition = nullptr;
  float *a = nullptr, *b = nullptr, *y = nullptr;
  Arguments(env, info).read(count, condition, a, b, y);
  kernels().select(count, condition, a, b, y);
  return nullptr;
}

napi_value reduce(napi_env env, napi_callback_info info) {
  Reduce p{};
  Arguments(env, info).read(p.kind, p.outer, p.length, p.inner, p.factor, p.x, p.y);
  kernels().reduce(p);
  return nullptr;
}

napi_value copy(napi_env env, napi_callback_info info) {
  Walk w{};
  float *from = nullptr, *to = nullptr;
  size_t start = 0, toStart = 0;
  Arguments(env, info).read(w, from, start, to, toStart);
  kernels().copy(w, from + start, to + toStart);
  return nullptr;
}

napi_value scale(napi_env env, napi_callback_info info) {
  size_t count = 0;
  float *x = nullptr, *y = nullptr, factor = 0;
  Arguments(env, info).read(count, x, factor, y);
  kernels().scale(count, x, factor, y);
  return nullptr;
}

napi_value softmax(napi_env env, napi_callback_info info) {
  int rows = 0, width = 0;
  float *x = nullptr, *y = nullptr;
  Arguments(env, info).read(rows, width, x, y);
  kernels().softmax(rows, width, x, y);
  return nullptr;
}

napi_value distribution(napi_env env, napi_callback_info info) {
  bool isWide = false;
  size_t count = 0;
  void *logits = nullptr;
  double *probabilities = nullptr, *totals = nullptr;
  Arguments(env, info).read(isWide, count, logits, probabilities, totals);
  if (isWide) {
    kernels().wideDistribution(count, static_cast<double *>(logits), probabilities, totals);
  } else {
    kernels().distribution(count, static_cast<float *>(logits), probabilities, totals);
  }
  return nullptr;
}

napi_value roundToFloat16(napi_env env, napi_callback_info info) {
  size_t count = 0;
  float *x = nullptr;
  uint16_t *y = nullptr;
  Arguments(env, info).read(count, x, y);
  return finish(env, true, static_cast<double>(kernels().narrowed(count, x, y)));
}

napi_value hugePages(napi_env env, napi_callback_info info) {
  float *memory = nullptr;
  size_t floats = 0;
  Arguments(env, info).read(memory, floats);
  useHugePages(memory, floats * sizeof(float));
  return nullptr;
}

// Bytes from the beginning of a buffer to that of a cache line.
napi_value bytesToLine(napi_env env, napi_callback_info info) {
  void *memory = nullptr;
  napi_get_arraybuffer_info(env, Arguments(env, info).next(), &memory, nullptr);
  constexpr uintptr_t LINE = 64;
  napi_value result = nullptr;
  napi_create_uint32(env, -reinterpret_cast<uintptr_t>(memory) % LINE, &result);
  return result;
}

napi_value setThreads(napi_env env, napi_callback_info info) {
  int count = 0;
  Arguments(env, info).read(count);
  setThreadCount(count);
  return nullptr;
}

napi_value instructionSets(napi_env env, napi_callback_info) {
  napi_value names = nullptr;
  napi_create_array(env, &names);
  for (int i = 0; const Kernels *table = available(i); i++) {
    napi_set_element(env, names, i, toString(env, table->name));
  }
  return names;
}

napi_value useInstructionSet(napi_env env, napi_callback_info info) {
  char name[16] = "";
  napi_get_value_string_utf8(env, Arguments(env, info).next(), name, sizeof name, nullptr);
  napi_value result = nullptr;
  napi_get_boolean(env, useKernels(name), &result);
  return result;
}

}  // namespace
}  // namespace ramble

NAPI_MODULE_INIT() {
  using namespace ramble;
  const struct {
    const char *name;
    napi_callback function;
  } functions[] = {
      {"matMul", matMul},
      {"linearGrad", linearGrad},
      {"layerNorm", layerNorm},
      {"layerNormGrad", layerNormGrad},
      {"attention", attention},
      {"attentionGrad", attentionGrad},
      {"prepareStep", prepareStep},
      {"runStep", runStep},
      {"gather", gather},
      {"scatterAdd", scatterAdd},
      {"crossEntropy", crossEntropy},
      {"dropout", dropout},
      {"update", update},
      {"unary", unary},
      {"binary", binary},
      {"compare", compare},
      {"select", select},
      {"reduce", reduce},
      {"copy", copy},
      {"scale", scale},
      {"softmax", softmax},
      {"distribution", distribution},
      {"roundToFloat16", roundToFloat16},
      {"useHugePages", hugePages},
      {"bytesToLine", bytesToLine},
      {"setThreads", setThreads},
      {"instructionSets", instructionSets},
      {"useInstructionSet", useInstructionSet},
  };
  for (const auto &entry : functions) {
    napi_value function = nullptr;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.function, nullptr, &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
  // The sources that this binary was made of; the loader and a test compare them.
  napi_set_named_property(env, exports, "sourcesSha256", toString(env, RAMBLE_SOURCES_SHA256));
  return exports;
}
