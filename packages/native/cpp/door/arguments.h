// Reads a call's arguments, or the values of a union, in the order of the descriptions. TypeScript has
// checked kinds and sizes.
#pragma once

#include <node_api.h>
#include <stdlib.h>

#include <type_traits>

#include "ops/ops.gen.h"

namespace ramble {

class Arguments {
 public:
  // Of a call; the function's data is written to `data`.
  Arguments(napi_env env, napi_callback_info info, void **data = nullptr) : env_(env) {
    size_t count = RAMBLE_MOST_ARGUMENTS;
    napi_get_cb_info(env, info, &count, values_, nullptr, data);
  }

  // The values of an array.
  Arguments(napi_env env, napi_value array) : env_(env) {
    uint32_t count = 0;
    napi_get_array_length(env, array, &count);
    for (uint32_t i = 0; i < count; i++) napi_get_element(env, array, i, &values_[i]);
  }

  Arguments(const Arguments &) = delete;

  ~Arguments() {
    for (int i = 0; i < ownedCount_; i++) free(owned_[i]);
  }

  // False when a list had no memory.
  bool isRead() const { return isRead_; }

  napi_value next() { return values_[next_++]; }

  void read(bool &place) { napi_get_value_bool(env_, next(), &place); }

  // The memory of a typed array; null for null.
  template <class Entry>
  void read(Entry *&place) {
    place = static_cast<Entry *>(memoryOf(next(), nullptr));
  }

  void read(Stored &place) {
    const napi_value value = next();
    size_t count = 0;
    place.values = memoryOf(value, &count);
    if (place.values == nullptr) return;
    napi_typedarray_type type = napi_float32_array;
    napi_get_typedarray_info(env_, value, &type, nullptr, nullptr, nullptr, nullptr);
    place.bytes = count * (type == napi_float32_array ? 4 : type == napi_uint16_array ? 2 : 1);
  }

  template <class T>
  void read(Packed<T> &place) {
    size_t numbers = 0;
    place.items = static_cast<const T *>(memoryOf(next(), &numbers));
    place.count = static_cast<int>(numbers * sizeof(int32_t) / sizeof(T));
  }

  template <class Entry>
  void read(ArrayList<Entry> &place) {
    const napi_value list = next();
    const uint32_t count = lengthOf(list);
    Entry **arrays = static_cast<Entry **>(own(count * (sizeof(Entry *) + sizeof(size_t))));
    if (arrays == nullptr) return;
    size_t *sizes = reinterpret_cast<size_t *>(arrays + count);
    for (uint32_t i = 0; i < count; i++) {
      arrays[i] = static_cast<Entry *>(memoryOf(elementOf(list, i), &sizes[i]));
    }
    place = {static_cast<int>(count), arrays, sizes};
  }

  // A list of unions, each an array.
  template <class Union>
  void read(List<Union> &place) {
    const napi_value list = next();
    const uint32_t count = lengthOf(list);
    Union *items = static_cast<Union *>(own(count * sizeof(Union)));
    if (items == nullptr) return;
    for (uint32_t i = 0; i < count; i++) {
      Arguments values(env_, elementOf(list, i));
      readFields(values, items[i]);
    }
    place = {static_cast<int>(count), items};
  }

  template <class Union>
  void readUnion(Union &place) {
    Arguments values(env_, next());
    readFields(values, place);
  }

  // What C++ gave to JavaScript to keep.
  void read(StepProgram *&place) {
    void *memory = nullptr;
    napi_get_value_external(env_, next(), &memory);
    place = static_cast<StepProgram *>(memory);
  }

  // A struct's fields, a number or an enum.
  template <class T>
  void read(T &place) {
    if constexpr (std::is_class_v<T>) {
      readFields(*this, place);
    } else {
      place = static_cast<T>(number());
    }
  }

 private:
  static constexpr int MOST_OWNED = 4;  // lists of a call

  __attribute__((noinline)) double number() {
    double value = 0;
    napi_get_value_double(env_, next(), &value);
    return value;
  }

  // The memory of a typed array, and its length where that is asked for; null for null. The kind is not
  // asked for: Node-API finds it by trying one after the other.
  __attribute__((noinline)) void *memoryOf(napi_value value, size_t *length) const {
    bool isArray = false;
    void *memory = nullptr;
    napi_is_typedarray(env_, value, &isArray);
    if (isArray) napi_get_typedarray_info(env_, value, nullptr, length, &memory, nullptr, nullptr);
    return memory;
  }

  uint32_t lengthOf(napi_value list) const {
    uint32_t count = 0;
    napi_get_array_length(env_, list, &count);
    return count;
  }

  napi_value elementOf(napi_value list, uint32_t i) const {
    napi_value element = nullptr;
    napi_get_element(env_, list, i, &element);
    return element;
  }

  // Zeros until the call ends.
  void *own(size_t bytes) {
    void *memory = ownedCount_ < MOST_OWNED ? calloc(1, bytes + 1) : nullptr;
    if (memory == nullptr) {
      isRead_ = false;
    } else {
      owned_[ownedCount_++] = memory;
    }
    return memory;
  }

  napi_env env_;
  napi_value values_[RAMBLE_MOST_ARGUMENTS];
  int next_ = 0;
  bool isRead_ = true;
  void *owned_[MOST_OWNED];
  int ownedCount_ = 0;
};

}  // namespace ramble
