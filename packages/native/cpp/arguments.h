// A JavaScript call's arguments. TypeScript has checked kinds and sizes: see src/addon/addon-types.ts.
#pragma once

#include <node_api.h>
#include <stdint.h>

namespace ramble {

class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = MOST;
    napi_get_cb_info(env, info, &count, values_, nullptr, nullptr);
  }

  // The memory of the next typed array; null for null.
  template <class T>
  T *array() {
    return arrayOf<T>(values_[next_++]);
  }
  float *floats() { return array<float>(); }
  int32_t *integers() { return array<int32_t>(); }

  double number() {
    double value = 0;
    napi_get_value_double(env_, values_[next_++], &value);
    return value;
  }
  int integer() { return static_cast<int>(number()); }
  bool flag() {
    bool value = false;
    napi_get_value_bool(env_, values_[next_++], &value);
    return value;
  }
  napi_value value() { return values_[next_++]; }

  template <class T>
  T *arrayOf(napi_value value) {
    void *data = nullptr;
    bool isArray = false;
    napi_is_typedarray(env_, value, &isArray);
    if (isArray) {
      napi_get_typedarray_info(env_, value, nullptr, nullptr, &data, nullptr, nullptr);
    }
    return static_cast<T *>(data);
  }

 private:
  static constexpr size_t MOST = 20;
  napi_env env_;
  napi_value values_[MOST];
  int next_ = 0;
};

}  // namespace ramble
