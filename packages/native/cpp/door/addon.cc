// What JavaScript sees: every kernel, called with its fields in the order of its description, and the
// functions that load the addon needs.
#include <node_api.h>

#include "dispatch/dispatch.h"
#include "door/arguments.h"
#include "door/prepare-step.h"
#include "pool/pool.h"
#include "pool/scratch.h"

namespace ramble {
namespace {

napi_value outOfMemory(napi_env env) {
  napi_throw_error(env, nullptr, "native: expected memory for a kernel's scratch, got none");
  return nullptr;
}

// Calls a kernel from JavaScript.
template <auto KERNEL>
struct Call;

template <class Fields, bool (*Kernels::*KERNEL)(const Fields &)>
struct Call<KERNEL> {
  static napi_value run(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Fields fields{};
    readFields(arguments, fields);
    if (!arguments.isRead() || !(kernels().*KERNEL)(fields)) return outOfMemory(env);
    return nullptr;
  }
};

template <class Fields, bool (*Kernels::*KERNEL)(const Fields &, double *)>
struct Call<KERNEL> {
  static napi_value run(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Fields fields{};
    readFields(arguments, fields);
    double number = 0;
    if (!arguments.isRead() || !(kernels().*KERNEL)(fields, &number)) return outOfMemory(env);
    napi_value result = nullptr;
    napi_create_double(env, number, &result);
    return result;
  }
};

napi_value toString(napi_env env, const char *text) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

napi_value hugePages(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  float *memory = nullptr;
  size_t floats = 0;
  arguments.read(memory);
  arguments.read(floats);
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
#define KERNEL_ENTRY(name) {#name, Call<&Kernels::name>::run},
  const struct {
    const char *name;
    napi_callback function;
  } functions[] = {{"prepareStep", prepareStep},         {"useHugePages", hugePages},
                   {"bytesToLine", bytesToLine},         {"setThreads", setThreads},
                   {"instructionSets", instructionSets}, {"useInstructionSet", useInstructionSet},
                   RAMBLE_EACH_KERNEL(KERNEL_ENTRY)};
  for (const auto &entry : functions) {
    napi_value function = nullptr;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.function, nullptr, &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
  // The sources and the descriptions that this binary was made of; the loader looks for both.
  napi_set_named_property(env, exports, "sourcesSha256", toString(env, RAMBLE_SOURCES_SHA256));
  napi_set_named_property(env, exports, "opsSha256", toString(env, RAMBLE_OPS_SHA256));
  return exports;
}
