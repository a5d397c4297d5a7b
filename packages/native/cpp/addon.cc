// What JavaScript sees: each function reads its arguments in the order of src/addon/addon-types.ts and
// runs a kernel.
#include <node_api.h>
#include <stdlib.h>

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

napi_value toNumber(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

napi_value toString(napi_env env, const char *text) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

Dropout readDropout(Arguments &arguments) {
  Dropout d;
  d.threshold = static_cast<uint64_t>(arguments.number());
  d.factor = static_cast<float>(arguments.number());
  d.key0 = static_cast<uint32_t>(arguments.number());
  d.key1 = static_cast<uint32_t>(arguments.number());
  d.step = static_cast<uint32_t>(arguments.number());
  d.stream = static_cast<uint32_t>(arguments.number());
  return d;
}

napi_value matMul(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Gemm p{};
  p.a = arguments.floats();
  p.b = arguments.floats();
  p.c = arguments.floats();
  const int batch = arguments.integer();
  p.m = arguments.integer();
  p.n = arguments.integer();
  p.k = arguments.integer();
  p.transposeA = arguments.flag();
  p.transposeB = arguments.flag();
  // 0 repeats an operand for the whole batch.
  const size_t aStep = static_cast<size_t>(arguments.number());
  const size_t bStep = static_cast<size_t>(arguments.number());
  p.bias = arguments.floats();
  p.activated = arguments.floats();
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
  Arguments arguments(env, info);
  LinearGrad p{};
  p.rows = arguments.integer();
  p.in = arguments.integer();
  p.out = arguments.integer();
  p.dy = arguments.floats();
  p.x = arguments.floats();
  p.weight = arguments.floats();
  p.sum = arguments.floats();
  p.dx = arguments.floats();
  p.dWeight = arguments.floats();
  p.dBias = arguments.floats();
  return finish(env, kernels().linearGrad(p));
}

napi_value layerNorm(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  LayerNorm p{};
  p.rows = arguments.integer();
  p.width = arguments.integer();
  p.eps = static_cast<float>(arguments.number());
  p.x = arguments.floats();
  p.gain = arguments.floats();
  p.bias = arguments.floats();
  p.y = arguments.floats();
  p.mean = arguments.floats();
  p.inverse = arguments.floats();
  return finish(env, kernels().layerNorm(p));
}

napi_value layerNormGrad(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  LayerNormGrad p{};
  p.rows = arguments.integer();
  p.width = arguments.integer();
  p.dy = arguments.floats();
  p.x = arguments.floats();
  p.gain = arguments.floats();
  p.mean = arguments.floats();
  p.inverse = arguments.floats();
  p.dx = arguments.floats();
  p.dGain = arguments.floats();
  p.dBias = arguments.floats();
  return finish(env, kernels().layerNormGrad(p));
}

Attention readAttention(Arguments &arguments) {
  Attention p{};
  p.batch = arguments.integer();
  p.length = arguments.integer();
  p.heads = arguments.integer();
  p.headDim = arguments.integer();
  p.qkv = arguments.floats();
  p.prefix = arguments.integers();
  p.read = arguments.floats();
  p.logSum = arguments.floats();
  return p;
}

napi_value attention(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Attention p = readAttention(arguments);
  p.dropout = readDropout(arguments);
  return finish(env, kernels().attention(p));
}

napi_value attentionGrad(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  AttentionGrad p{};
  p.forward = readAttention(arguments);
  p.dRead = arguments.floats();
  p.dQkv = arguments.floats();
  p.forward.dropout = readDropout(arguments);
  return finish(env, kernels().attentionGrad(p));
}

napi_value attendCached(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  AttendCached p{};
  p.rows = arguments.integer();
  p.heads = arguments.integer();
  p.headDim = arguments.integer();
  p.qkv = arguments.floats();
  p.keys = arguments.floats();
  p.values = arguments.floats();
  p.capacity = arguments.integer();
  p.sequences = arguments.integers();
  p.seen = arguments.integers();
  p.read = arguments.floats();
  return finish(env, kernels().attendCached(p));
}

Embedding readEmbedding(Arguments &arguments) {
  Embedding p{};
  p.count = arguments.integer();
  p.width = arguments.integer();
  p.rows = arguments.integer();
  p.ids = arguments.integers();
  return p;
}

napi_value gather(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const Embedding p = readEmbedding(arguments);
  const float *table = arguments.floats();
  kernels().gather(p, table, arguments.floats());
  return nullptr;
}

napi_value scatterAdd(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const Embedding p = readEmbedding(arguments);
  const float *dy = arguments.floats();
  kernels().scatterAdd(p, dy, arguments.floats());
  return nullptr;
}

napi_value crossEntropy(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  CrossEntropy p{};
  p.rows = arguments.integer();
  p.width = arguments.integer();
  p.vocabulary = arguments.integer();
  p.hidden = arguments.floats();
  p.projection = arguments.floats();
  p.targets = arguments.integers();
  p.weights = arguments.floats();
  p.targetShare = static_cast<float>(arguments.number());
  p.otherShare = static_cast<float>(arguments.number());
  p.entropy = static_cast<float>(arguments.number());
  p.zLoss = static_cast<float>(arguments.number());
  p.perPosition = arguments.floats();
  p.dHidden = arguments.floats();
  p.dProjection = arguments.floats();
  double loss = 0;
  if (!kernels().crossEntropy(p, &loss)) return finish(env, false);
  return toNumber(env, loss);
}

napi_value dropout(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const size_t count = static_cast<size_t>(arguments.number());
  const float *x = arguments.floats(), *branch = arguments.floats();
  float *y = arguments.floats();
  kernels().dropout(count, x, branch, readDropout(arguments), y);
  return nullptr;
}

napi_value update(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Update p{};
  const napi_value gradients = arguments.value();
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
  p.count = static_cast<int>(count);
  p.sizes = sizes;
  p.gradients = pointers;
  p.decays = arguments.array<uint8_t>();
  p.values = arguments.floats();
  p.mean = arguments.floats();
  p.variance = arguments.floats();
  p.isAdam = arguments.flag();
  p.learningRate = arguments.number();
  p.weightDecay = arguments.number();
  p.clipNorm = arguments.number();
  p.beta1 = p.momentum = arguments.number();
  p.beta2 = arguments.number();
  p.eps = arguments.number();
  p.isDecoupled = p.isNesterov = arguments.flag();
  p.steps = arguments.number();
  double norm = 0;
  const bool isDone = kernels().update(p, &norm);
  free(memory);
  if (!isDone) return finish(env, false);
  return toNumber(env, norm);
}

napi_value binary(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const Binary kind = static_cast<Binary>(arguments.integer());
  const size_t count = static_cast<size_t>(arguments.number());
  const float *a = arguments.floats(), *b = arguments.floats();
  kernels().binary(kind, count, a, b, arguments.floats());
  return nullptr;
}

napi_value scale(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const size_t count = static_cast<size_t>(arguments.number());
  const float *x = arguments.floats();
  const float factor = static_cast<float>(arguments.number());
  kernels().scale(count, x, factor, arguments.floats());
  return nullptr;
}

napi_value softmax(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int rows = arguments.integer(), width = arguments.integer();
  const float *x = arguments.floats();
  kernels().softmax(rows, width, x, arguments.floats());
  return nullptr;
}

napi_value setThreads(napi_env env, napi_callback_info info) {
  setThreadCount(Arguments(env, info).integer());
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
  napi_get_value_string_utf8(env, Arguments(env, info).value(), name, sizeof name, nullptr);
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
      {"attendCached", attendCached},
      {"gather", gather},
      {"scatterAdd", scatterAdd},
      {"crossEntropy", crossEntropy},
      {"dropout", dropout},
      {"update", update},
      {"binary", binary},
      {"scale", scale},
      {"softmax", softmax},
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
