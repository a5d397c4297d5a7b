// The values that JavaScript passes for the fields of a kernel: what `Arguments` reads, written.
#pragma once

#include "ops/ops.gen.h"
#include "plain-values.h"

namespace ramble {

// Stands where the generated `readFields` expects a reader, so that the order is that of the descriptions.
class FieldValues {
 public:
  explicit FieldValues(napi_env env) : env_(env), array_{.kind = napi_value__::Kind::array} {}

  napi_value array() const { return env_->add(array_); }

  void read(bool &place) { add({.kind = napi_value__::Kind::boolean, .boolean = place}); }

  // Kernels know the lengths of their arrays from other fields.
  template <class Entry>
  void read(Entry *&place) {
    addArray(place, 0);
  }

  template <class Entry>
  void read(ArrayList<Entry> &place) {
    FieldValues list(env_);
    for (int i = 0; i < place.count; i++) list.addArray(place.arrays[i], place.sizes[i]);
    add(list.array_);
  }

  template <class Union>
  void readUnion(Union &place) {
    FieldValues values(env_);
    readFields(values, place);
    add(values.array_);
  }

  template <class T>
  void read(T &place) {
    if constexpr (std::is_class_v<T>) {
      readFields(*this, place);
    } else {
      add({.kind = napi_value__::Kind::number, .number = double(place)});
    }
  }

 private:
  void add(napi_value__ value) { array_.items.push_back(env_->add(std::move(value))); }

  template <class Entry>
  void addArray(Entry *entries, size_t length) {
    // JavaScript has no constant arrays.
    void *memory = const_cast<std::remove_const_t<Entry> *>(entries);
    add({.kind = napi_value__::Kind::typedArray, .memory = memory, .length = length});
  }

  napi_env env_;
  napi_value__ array_;
};

template <class Fields>
napi_value valuesOf(napi_env env, Fields fields) {
  FieldValues values(env);
  readFields(values, fields);
  return values.array();
}

}  // namespace ramble
