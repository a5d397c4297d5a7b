// What JavaScript sees: every kernel, called with its fields in the order of its description, and the
// functions that load the addon needs.
#include <node_api.h>

#include "door/call-list.h"
#include "door/entries.h"
#include "door/prepare-step.h"
#include "pool/pool.h"
#include "pool/scratch.h"

namespace ramble {
namespace {

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
  const struct {
    const char *name;
    napi_callback function;
  } functions[] = {{"prepareStep", prepareStep},
                   {"useHugePages", hugePages},
                   {"bytesToLine", bytesToLine},
                   {"setThreads", setThreads},
                   {"instructionSets", instructionSets},
                   {"useInstructionSet", useInstructionSet},
                   {"prepareCalls", prepareCalls},
                   {"setCall", setCall},
                   {"runCalls", runCalls}};
  const auto add = [&](const char *name, napi_callback call, const void *data) {
    napi_value function = nullptr;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, call, const_cast<void *>(data), &function);
    napi_set_named_property(env, exports, name, function);
  };
  for (const auto &[name, function] : functions) add(name, function, nullptr);
  for (const Entry &entry : ENTRIES) add(entry.name, callKernel, &entry);
  // The sources and the descriptions that this binary was made of; the loader looks for both.
  napi_set_named_property(env, exports, "sourcesSha256", toString(env, RAMBLE_SOURCES_SHA256));
  napi_set_named_property(env, exports, "opsSha256", toString(env, RAMBLE_OPS_SHA256));
  return exports;
}
