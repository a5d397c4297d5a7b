// Calls of kernels that are read once and run one after the other, again and again: a training step.
#pragma once

#include <string.h>

#include "door/entries.h"

namespace ramble {

struct ListedCall {
  const Entry *entry;
  Arguments *arguments;  // own the lists of the fields
  void *fields;
};

struct CallList {
  int count;
  ListedCall *calls;
};

inline const Entry *findEntry(const char *name) {
  for (const Entry &entry : ENTRIES) {
    if (strcmp(entry.name, name) == 0) return &entry;
  }
  return nullptr;
}

inline void forget(ListedCall &call) {
  if (call.arguments != nullptr) call.arguments->~Arguments();
  free(call.arguments);
  free(call.fields);
  call = {};
}

// Reads a call from its kernel's name and its values. False where there is no such kernel, or no memory.
inline bool readCall(napi_env env, napi_value name, napi_value values, ListedCall &call) {
  char text[32] = "";
  napi_get_value_string_utf8(env, name, text, sizeof text, nullptr);
  const Entry *entry = findEntry(text);
  if (entry == nullptr) return false;
  void *memory = calloc(1, sizeof(Arguments));
  ListedCall made{entry, nullptr, calloc(1, entry->bytes)};
  if (memory != nullptr) made.arguments = new (memory) Arguments(env, values);
  if (made.arguments != nullptr && made.fields != nullptr) entry->read(*made.arguments, made.fields);
  if (made.arguments == nullptr || made.fields == nullptr || !made.arguments->isRead()) {
    forget(made);
    return false;
  }
  forget(call);
  call = made;
  return true;
}

inline void forgetList(napi_env, void *memory, void *) {
  CallList *list = static_cast<CallList *>(memory);
  for (int i = 0; i < list->count; i++) forget(list->calls[i]);
  free(list->calls);
  free(list);
}

// prepareCalls(names, values): a list.
inline napi_value prepareCalls(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const napi_value names = arguments.next(), values = arguments.next();
  uint32_t count = 0;
  napi_get_array_length(env, names, &count);
  CallList *list = static_cast<CallList *>(calloc(1, sizeof(CallList)));
  if (list == nullptr) return outOfMemory(env);
  list->calls = static_cast<ListedCall *>(calloc(count + 1, sizeof(ListedCall)));
  bool isRead = list->calls != nullptr;
  for (uint32_t i = 0; isRead && i < count; i++) {
    napi_value name = nullptr, own = nullptr;
    napi_get_element(env, names, i, &name);
    napi_get_element(env, values, i, &own);
    isRead = readCall(env, name, own, list->calls[i]);
    if (isRead) list->count++;
  }
  napi_value external = nullptr;
  if (!isRead || napi_create_external(env, list, forgetList, nullptr, &external) != napi_ok) {
    forgetList(env, list, nullptr);
    return outOfMemory(env);
  }
  return external;
}

inline CallList &listOf(napi_env env, napi_value external) {
  void *memory = nullptr;
  napi_get_value_external(env, external, &memory);
  return *static_cast<CallList *>(memory);
}

// setCall(list, i, name, values): replaces a call.
inline napi_value setCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  CallList &list = listOf(env, arguments.next());
  int i = 0;
  arguments.read(i);
  const napi_value name = arguments.next(), values = arguments.next();
  if (!readCall(env, name, values, list.calls[i])) outOfMemory(env);
  return nullptr;
}

// runCalls(lists): runs them all.
inline napi_value runCalls(napi_env env, napi_callback_info info) {
  const napi_value lists = Arguments(env, info).next();
  uint32_t count = 0;
  napi_get_array_length(env, lists, &count);
  for (uint32_t n = 0; n < count; n++) {
    napi_value external = nullptr;
    napi_get_element(env, lists, n, &external);
    const CallList &list = listOf(env, external);
    for (int i = 0; i < list.count; i++) {
      double number = 0;
      if (!list.calls[i].entry->run(list.calls[i].fields, &number)) return outOfMemory(env);
    }
  }
  return nullptr;
}

}  // namespace ramble
