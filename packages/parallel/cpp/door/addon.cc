// What JavaScript calls: `load` opens a library, `start` joins the other ranks, and each operation returns a
// promise. TypeScript has checked the arguments.
#include <node_api.h>
#include <stdlib.h>

#include <atomic>
#include <new>

#include "library/open-library.h"
#include "worker/operations.h"
#include "worker/part-operations.h"
#include "worker/worker.h"

namespace ramble {
namespace {

Mpi *mpi;                          // of the process
std::atomic<bool> isTaken;         // by the first that loads, main thread or worker thread
napi_threadsafe_function settled;  // takes operations back to JavaScript's thread
int pending;                       // operations without an answer; while there are some, Node stays

napi_value toString(napi_env env, const char *text) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

napi_value firstArgument(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value = nullptr;
  napi_get_cb_info(env, info, &count, &value, nullptr, nullptr);
  return value;
}

// On JavaScript's thread, when an operation has ended.
void settle(napi_env env, napi_value, void *, void *data) {
  if (env == nullptr) return;  // Node ends
  Operation &operation = *static_cast<Operation *>(data);
  if (--pending == 0) napi_unref_threadsafe_function(env, settled);
  if (operation.array != nullptr) napi_delete_reference(env, operation.array);
  napi_value result = nullptr;
  if (operation.hasFailed) {
    napi_create_error(env, nullptr, toString(env, operation.error), &result);
    napi_reject_deferred(env, operation.promise, result);
  } else {
    result = operation.result(env);
    if (result == nullptr) napi_get_undefined(env, &result);
    napi_resolve_deferred(env, operation.promise, result);
  }
  operation.freeMemory();
  free(&operation);
}

void sendBack(Operation *operation) {
  napi_call_threadsafe_function(settled, operation, napi_tsfn_nonblocking);
}

// Posts an operation; `array`, if there is one, stays where it is until the end. Returns the promise.
template <class Kind, class... Values>
napi_value promiseOf(napi_env env, napi_value array, Values... values) {
  void *memory = malloc(sizeof(Kind));
  if (memory == nullptr) {
    napi_throw_error(env, nullptr, "ranks: expected memory for an operation, got none");
    return nullptr;
  }
  Kind &operation = *new (memory) Kind(values...);
  napi_value promise = nullptr;
  napi_create_promise(env, &operation.promise, &promise);
  if (array != nullptr) napi_create_reference(env, array, 1, &operation.array);
  if (pending++ == 0) napi_ref_threadsafe_function(env, settled);
  post(operation);
  return promise;
}

// Opens a library by name; returns what is wrong, or an empty text.
napi_value load(napi_env env, napi_callback_info info) {
  char name[4096] = "", reason[4096] = "";
  napi_get_value_string_utf8(env, firstArgument(env, info), name, sizeof name, nullptr);
  mpi = openLibrary(name, reason, sizeof reason);
  return toString(env, reason);
}

// Whether nobody in the process was first.
napi_value take(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  napi_get_boolean(env, !isTaken.exchange(true), &result);
  return result;
}

napi_value start(napi_env env, napi_callback_info info) {
  double timeoutSeconds = 0;
  napi_get_value_double(env, firstArgument(env, info), &timeoutSeconds);
  napi_create_threadsafe_function(env, nullptr, nullptr, toString(env, "ranks"), 0, 1, nullptr, nullptr,
                                  nullptr, settle, &settled);
  napi_unref_threadsafe_function(env, settled);
  if (!startWorker(*mpi, timeoutSeconds, sendBack)) {
    napi_throw_error(env, nullptr, "ranks: expected a thread for MPI, got none from the system");
    return nullptr;
  }
  return promiseOf<Start>(env, nullptr);
}

napi_value sum(napi_env env, napi_callback_info info) {
  const napi_value array = firstArgument(env, info);
  napi_typedarray_type type = napi_float32_array;
  size_t count = 0;
  void *values = nullptr;
  napi_get_typedarray_info(env, array, &type, &count, &values, nullptr, nullptr);
  if (type == napi_float32_array)
    return promiseOf<Sum<float>>(env, array, static_cast<float *>(values), count);
  return promiseOf<Sum<double>>(env, array, static_cast<double *>(values), count);
}

// An operation on the bytes of a Uint8Array.
template <class Kind>
napi_value onBytes(napi_env env, napi_callback_info info) {
  const napi_value array = firstArgument(env, info);
  size_t count = 0;
  void *bytes = nullptr;
  napi_get_typedarray_info(env, array, nullptr, &count, &bytes, nullptr, nullptr);
  return promiseOf<Kind>(env, array, static_cast<uint8_t *>(bytes), count);
}

napi_value announce(napi_env env, napi_callback_info info) {
  char work[MAX_WORK_BYTES] = "";
  napi_get_value_string_utf8(env, firstArgument(env, info), work, sizeof work, nullptr);
  announceWork(work);
  return nullptr;
}

// An operation on floats of which each rank has a part, up to an end in an array of doubles.
template <class Kind>
napi_value onParts(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  void *values = nullptr, *ends = nullptr;
  size_t ranks = 0;
  napi_get_typedarray_info(env, arguments[0], nullptr, nullptr, &values, nullptr, nullptr);
  napi_get_typedarray_info(env, arguments[1], nullptr, &ranks, &ends, nullptr, nullptr);
  return promiseOf<Kind>(env, arguments[0], static_cast<float *>(values), static_cast<const double *>(ends),
                         ranks);
}

// What the library calls itself.
napi_value describe(napi_env env, napi_callback_info) {
  char text[Mpi::MAX_VERSION_BYTES] = "";
  mpi->describeLibrary(text);
  return toString(env, text);
}

napi_value canRecover(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  napi_get_boolean(env, mpi->canRecover(), &result);
  return result;
}

napi_value agree(napi_env env, napi_callback_info info) {
  bool isDone = false;
  napi_get_value_bool(env, firstArgument(env, info), &isDone);
  return promiseOf<Agree>(env, nullptr, isDone);
}

napi_value shrink(napi_env env, napi_callback_info) { return promiseOf<Shrink>(env, nullptr); }

napi_value abort(napi_env env, napi_callback_info info) {
  int status = 1;
  napi_get_value_int32(env, firstArgument(env, info), &status);
  abortRanks(status);
}

napi_value close(napi_env env, napi_callback_info) { return promiseOf<Close>(env, nullptr); }

}  // namespace
}  // namespace ramble

// What compilers put in the place of a function that a class leaves to others; theirs is in a library of C++.
extern "C" [[noreturn]] __attribute__((visibility("hidden"))) void __cxa_pure_virtual() { abort(); }

NAPI_MODULE_INIT() {
  using namespace ramble;
  const struct {
    const char *name;
    napi_callback function;
  } functions[] = {{"load", load},
                   {"take", take},
                   {"start", start},
                   {"sum", sum},
                   {"sumParts", onParts<SumParts>},
                   {"gatherParts", onParts<GatherParts>},
                   {"broadcast", onBytes<Broadcast>},
                   {"gather", onBytes<Gather>},
                   {"describe", describe},
                   {"canRecover", canRecover},
                   {"agree", agree},
                   {"shrink", shrink},
                   {"announce", announce},
                   {"abort", abort},
                   {"close", close}};
  for (const auto &[name, call] : functions) {
    napi_value function = nullptr;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
    napi_set_named_property(env, exports, name, function);
  }
  // The sources that this binary was made of; the loader looks for them.
  napi_set_named_property(env, exports, "sourcesSha256", toString(env, RAMBLE_SOURCES_SHA256));
  return exports;
}
