// Decoding steps for JavaScript: a program is made of a model once and run step by step.
#pragma once

#include <stdlib.h>

#include "arguments.h"
#include "dispatch.h"
#include "scratch.h"

namespace ramble {

// A typed array: its memory, length in bytes and kind. Null where there is none.
struct Numbers {
  void *data = nullptr;
  size_t bytes = 0;
  napi_typedarray_type type = napi_float32_array;

  Numbers(napi_env env, napi_value array, uint32_t i) {
    napi_value value = nullptr;
    bool isArray = false;
    napi_get_element(env, array, i, &value);
    napi_is_typedarray(env, value, &isArray);
    if (!isArray) return;
    napi_get_typedarray_info(env, value, &type, &bytes, &data, nullptr, nullptr);
    bytes *= type == napi_float32_array ? 4 : type == napi_uint16_array ? 2 : 1;
  }

  Width width() const {
    return type == napi_float32_array ? Width::f32
           : type == napi_uint16_array ? Width::f16
                                       : Width::int8;
  }
};

// Memory of a program and all that it points to.
inline StepProgram *allocateProgram(size_t ops, size_t layers) {
  const size_t bytes = sizeof(StepProgram) + ops * (sizeof(StepOp) + 2 * sizeof(StepStage)) +
                       2 * layers * sizeof(float *);
  StepProgram *program = static_cast<StepProgram *>(calloc(1, bytes));
  if (program == nullptr) return nullptr;
  program->ops = reinterpret_cast<StepOp *>(program + 1);
  program->keys = reinterpret_cast<float **>(program->ops + ops);
  program->values = program->keys + layers;
  program->stages = reinterpret_cast<StepStage *>(program->values + layers);
  program->count = static_cast<int>(ops);
  program->layers = static_cast<int>(layers);
  return program;
}

inline napi_value prepareStep(napi_env env, napi_callback_info info) {
  constexpr int NUMBERS = 17, ARRAYS = 4;  // of an op
  Arguments arguments(env, info);
  int32_t *numbers = nullptr;
  int layers = 0;
  arguments.read(numbers);
  const napi_value arrays = arguments.next();
  arguments.read(layers);
  uint32_t length = 0;
  napi_get_array_length(env, arrays, &length);
  StepProgram *program = allocateProgram(length / ARRAYS, layers);
  if (program == nullptr) {
    napi_throw_error(env, nullptr, "native: expected memory for a step's ops, got none");
    return nullptr;
  }
  arguments.read(program->heads, program->headDim, program->eps, program->width);
  for (int i = 0; i < program->count; i++, numbers += NUMBERS) {
    StepOp &op = program->ops[i];
    op = {static_cast<StepKind>(numbers[0]), numbers[1], numbers[2], numbers[3], numbers[4], numbers[5],
          numbers[6], numbers[7] != 0, numbers[8], numbers[9], numbers[10], static_cast<StepRows>(numbers[11]), numbers[12],
          numbers[13], numbers[14], numbers[15], numbers[16], {}, nullptr, nullptr};
    if (op.group > 0) program->group = op.group;
    const Numbers values(env, arrays, i * ARRAYS), scales(env, arrays, i * ARRAYS + 1);
    moveToHugePages(values.data, values.bytes);
    const int columns = op.kind == StepKind::logits      ? op.in
                        : op.kind == StepKind::attention ? program->headDim
                                                         : op.out;
    op.weights = {values.width(), columns, values.data, static_cast<const float *>(scales.data)};
    op.gain = static_cast<const float *>(Numbers(env, arrays, i * ARRAYS + 2).data);
    op.bias = static_cast<const float *>(Numbers(env, arrays, i * ARRAYS + 3).data);
  }
  napi_value external = nullptr;
  napi_create_external(
      env, program, [](napi_env, void *memory, void *) { free(memory); }, nullptr, &external);
  return external;
}

inline napi_value runStep(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Step step{};
  void *program = nullptr;
  napi_get_value_external(env, arguments.next(), &program);
  step.program = static_cast<StepProgram *>(program);
  arguments.read(step.rows, step.tokens, step.positions, step.feedCount, step.feeds);
  const napi_value keys = arguments.next(), values = arguments.next();
  for (int layer = 0; layer < step.program->layers; layer++) {
    step.program->keys[layer] = static_cast<float *>(Numbers(env, keys, layer).data);
    step.program->values[layer] = static_cast<float *>(Numbers(env, values, layer).data);
  }
  int32_t *layouts = nullptr;
  arguments.read(layouts, step.wantedCount, step.wanted, step.logits);
  step.layouts = reinterpret_cast<const CacheLayout *>(layouts);
  if (!kernels().runStep(step)) {
    napi_throw_error(env, nullptr, "native: expected memory for a decoding step, got none");
  }
  return nullptr;
}

}  // namespace ramble
