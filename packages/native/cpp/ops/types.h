// The types of fields that are neither a number nor an array: what JavaScript's lists become.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace ramble {

// Numbers of a kind that is told beside them.
struct Stored {
  const void *values;
  size_t bytes;
};

// One array after the other.
template <class Entry>
struct ArrayList {
  int count;
  Entry *const *arrays;
  const size_t *sizes;  // entries of each
};

// Structs or unions, in memory of the call.
template <class T>
struct List {
  int count;
  const T *items;
};

// Structs of ints, where they lie in an Int32Array.
template <class T>
struct Packed {
  int count;
  const T *items;
};

}  // namespace ramble
