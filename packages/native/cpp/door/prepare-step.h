// Makes a program of a model's ops once, which decoding runs step by step.
#pragma once

#include "decoding/step-program.h"
#include "door/arguments.h"
#include "pool/scratch.h"

namespace ramble {

inline napi_value prepareStep(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  PrepareStep given{};
  readFields(arguments, given);
  StepProgram *program = arguments.isRead() ? makeProgram(given) : nullptr;
  if (program == nullptr) {
    napi_throw_error(env, nullptr, "native: expected memory for a step's ops, got none");
    return nullptr;
  }
  int count = 0;
  if (void *memory = calloc(program->count + 1, sizeof(MemorySpan))) {
    MemorySpan *spans = static_cast<MemorySpan *>(memory);
    for (int i = 0; i < program->count; i++) {
      const Weights *weights = weightsOf(program->ops[i]);
      if (weights == nullptr) continue;
      spans[count++] = {reinterpret_cast<size_t>(weights->stored.values), weights->stored.bytes};
    }
    moveToHugePages(spans, count);
    free(memory);
  }
  napi_value external = nullptr;
  napi_create_external(
      env, program, [](napi_env, void *memory, void *) { free(memory); }, nullptr, &external);
  return external;
}

}  // namespace ramble
