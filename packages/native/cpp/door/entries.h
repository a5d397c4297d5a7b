// The kernels as JavaScript calls them: the fields of a call are read into memory, then the kernel of the
// instruction set in use runs on them.
#pragma once

#include <stddef.h>

#include <new>

#include "dispatch/dispatch.h"
#include "door/arguments.h"

namespace ramble {

struct Entry {
  const char *name;
  size_t bytes;  // of its fields
  bool returnsNumber;
  void (*read)(Arguments &arguments, void *fields);
  bool (*run)(const void *fields, double *number);
};

template <auto KERNEL>
struct EntryOf;

template <class Fields, bool (*Kernels::*KERNEL)(const Fields &)>
struct EntryOf<KERNEL> {
  static void read(Arguments &arguments, void *fields) { readFields(arguments, *new (fields) Fields{}); }
  static bool run(const void *fields, double *) {
    return (kernels().*KERNEL)(*static_cast<const Fields *>(fields));
  }
  static constexpr Entry named(const char *name) { return {name, sizeof(Fields), false, read, run}; }
};

template <class Fields, bool (*Kernels::*KERNEL)(const Fields &, double *)>
struct EntryOf<KERNEL> {
  static void read(Arguments &arguments, void *fields) { readFields(arguments, *new (fields) Fields{}); }
  static bool run(const void *fields, double *number) {
    return (kernels().*KERNEL)(*static_cast<const Fields *>(fields), number);
  }
  static constexpr Entry named(const char *name) { return {name, sizeof(Fields), true, read, run}; }
};

#define RAMBLE_ENTRY(name) EntryOf<&Kernels::name>::named(#name),
inline constexpr Entry ENTRIES[] = {RAMBLE_EACH_KERNEL(RAMBLE_ENTRY)};
#undef RAMBLE_ENTRY

constexpr size_t mostFieldBytes() {
  size_t most = 0;
  for (const Entry &entry : ENTRIES) most = entry.bytes > most ? entry.bytes : most;
  return most;
}

inline napi_value outOfMemory(napi_env env) {
  napi_throw_error(env, nullptr, "native: expected memory for a kernel's scratch, got none");
  return nullptr;
}

// Calls the kernel whose entry is the function's data.
inline napi_value callKernel(napi_env env, napi_callback_info info) {
  void *data = nullptr;
  Arguments arguments(env, info, &data);
  const Entry &entry = *static_cast<const Entry *>(data);
  alignas(16) unsigned char fields[mostFieldBytes()];
  entry.read(arguments, fields);
  double number = 0;
  if (!arguments.isRead() || !entry.run(fields, &number)) return outOfMemory(env);
  napi_value result = nullptr;
  if (entry.returnsNumber) napi_create_double(env, number, &result);
  return result;
}

}  // namespace ramble
