// A JavaScript call's arguments. TypeScript has checked kinds and sizes: see src/addon/addon-types.ts.
#pragma once

#include <node_api.h>

#include "kernels.h"

namespace ramble {

class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = MOST;
    napi_get_cb_info(env, info, &count, values_, nullptr, nullptr);
  }

  // Reads the next arguments, each into a place of its kind.
  template <class... T>
  Arguments &read(T &...places) {
    (readOne(places), ...);
    return *this;
  }

  napi_value next() { return values_[next_++]; }

 private:
  static constexpr size_t MOST = 28;

  void readOne(bool &place) { napi_get_value_bool(env_, next(), &place); }

  // The memory of a typed array; null for null.
  template <class T>
  void readOne(T *&place) {
    const napi_value value = next();
    bool isArray = false;
    void *data = nullptr;
    napi_is_typedarray(env_, value, &isArray);
    if (isArray) {
      napi_get_typedarray_info(env_, value, nullptr, nullptr, &data, nullptr, nullptr);
    }
    place = static_cast<T *>(data);
  }

  template <class Number>
  void readOne(Number &place) {
    double value = 0;
    napi_get_value_double(env_, next(), &value);
    place = static_cast<Number>(value);
  }

  // rank, then an array of sizes and both arrays' strides, one behind the other.
  void readOne(Walk &w) {
    read(w.rank, w.sizes);
    w.aStrides = w.sizes + w.rank;
    w.bStrides = w.aStrides + w.rank;
  }

  void readOne(Dropout &d) { read(d.threshold, d.factor, d.key0, d.key1, d.step, d.stream); }

  napi_env env_;
  napi_value values_[MOST];
  int next_ = 0;
};

}  // namespace ramble
