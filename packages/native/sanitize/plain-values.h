// The part of Node-API that the list of calls uses, on values in plain memory: the door then runs outside
// Node, where sanitizers see all of it.
#pragma once

#include <node_api.h>
#include <string.h>

#include <deque>
#include <string>
#include <vector>

struct napi_value__ {
  enum class Kind { number, boolean, text, array, typedArray, external };
  Kind kind;
  double number = 0;
  bool boolean = false;
  std::string text = {};
  std::vector<napi_value> items = {};
  napi_typedarray_type type = napi_float32_array;
  void *memory = nullptr;
  size_t length = 0;  // entries of a typed array
  napi_finalize finalize = nullptr;
};

// Owns its values and, as Node does, ends what externals keep.
struct napi_env__ {
  std::deque<napi_value__> values;
  int thrown = 0;

  napi_env__() = default;
  napi_env__(const napi_env__ &) = delete;
  ~napi_env__() {
    for (napi_value__ &value : values) {
      if (value.finalize != nullptr) value.finalize(this, value.memory, nullptr);
    }
  }

  napi_value add(napi_value__ value) {
    values.push_back(std::move(value));
    return &values.back();
  }
};

struct napi_callback_info__ {
  std::vector<napi_value> arguments;
};

inline napi_status is(napi_value value, napi_value__::Kind kind) {
  return value != nullptr && value->kind == kind ? napi_ok : napi_invalid_arg;
}

extern "C" {

napi_status napi_get_cb_info(napi_env, napi_callback_info info, size_t *count, napi_value *values,
                             napi_value *, void **) {
  for (size_t i = 0; i < *count; i++) {
    values[i] = i < info->arguments.size() ? info->arguments[i] : nullptr;
  }
  *count = info->arguments.size();
  return napi_ok;
}

napi_status napi_get_array_length(napi_env, napi_value array, uint32_t *count) {
  if (is(array, napi_value__::Kind::array) != napi_ok) return napi_array_expected;
  *count = uint32_t(array->items.size());
  return napi_ok;
}

napi_status napi_get_element(napi_env, napi_value array, uint32_t i, napi_value *item) {
  if (is(array, napi_value__::Kind::array) != napi_ok) return napi_array_expected;
  *item = array->items.at(i);
  return napi_ok;
}

napi_status napi_get_value_bool(napi_env, napi_value value, bool *place) {
  if (is(value, napi_value__::Kind::boolean) != napi_ok) return napi_boolean_expected;
  *place = value->boolean;
  return napi_ok;
}

napi_status napi_get_value_double(napi_env, napi_value value, double *place) {
  if (is(value, napi_value__::Kind::number) != napi_ok) return napi_number_expected;
  *place = value->number;
  return napi_ok;
}

napi_status napi_get_value_string_utf8(napi_env, napi_value value, char *text, size_t size, size_t *) {
  if (is(value, napi_value__::Kind::text) != napi_ok) return napi_string_expected;
  strncpy(text, value->text.c_str(), size - 1);
  text[size - 1] = 0;
  return napi_ok;
}

napi_status napi_is_typedarray(napi_env, napi_value value, bool *isArray) {
  *isArray = is(value, napi_value__::Kind::typedArray) == napi_ok;
  return napi_ok;
}

napi_status napi_get_typedarray_info(napi_env, napi_value value, napi_typedarray_type *type, size_t *length,
                                     void **memory, napi_value *, size_t *) {
  if (is(value, napi_value__::Kind::typedArray) != napi_ok) return napi_invalid_arg;
  if (type != nullptr) *type = value->type;
  if (length != nullptr) *length = value->length;
  if (memory != nullptr) *memory = value->memory;
  return napi_ok;
}

napi_status napi_create_external(napi_env env, void *memory, napi_finalize finalize, void *,
                                 napi_value *result) {
  *result = env->add({.kind = napi_value__::Kind::external, .memory = memory, .finalize = finalize});
  return napi_ok;
}

napi_status napi_get_value_external(napi_env, napi_value value, void **memory) {
  if (is(value, napi_value__::Kind::external) != napi_ok) return napi_invalid_arg;
  *memory = value->memory;
  return napi_ok;
}

napi_status napi_create_double(napi_env env, double number, napi_value *result) {
  *result = env->add({.kind = napi_value__::Kind::number, .number = number});
  return napi_ok;
}

napi_status napi_throw_error(napi_env env, const char *, const char *) {
  env->thrown++;
  return napi_ok;
}

}  // extern "C"
