// The operations that all ranks call in the same order. Counts of MPI are ints, so large arrays go in parts.
#pragma once

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "worker/operation.h"

namespace ramble {

constexpr size_t MAX_PART_BYTES = size_t(1) << 30;

// Calls `part(start, count)` until all entries were part of a call, or one has failed.
template <class Entry, class Part>
int inParts(size_t count, const Part &part) {
  constexpr size_t MAX_COUNT = MAX_PART_BYTES / sizeof(Entry);
  for (size_t start = 0; start < count; start += MAX_COUNT) {
    const size_t rest = count - start;
    if (const int code = part(start, static_cast<int>(rest < MAX_COUNT ? rest : MAX_COUNT))) return code;
  }
  return 0;
}

// The others would wait for ever for a rank without memory, so that its end is theirs.
inline void *allocate(size_t bytes) {
  void *memory = malloc(bytes + 1);
  if (memory == nullptr) ::abort();
  return memory;
}

inline int broadcastBytes(Mpi &mpi, uint8_t *bytes, size_t count, int root) {
  return inParts<uint8_t>(count,
                          [&](size_t start, int part) { return mpi.broadcast(bytes + start, part, root); });
}

class Place : public Operation {
 public:
  using Operation::Operation;

  int run(Mpi &mpi) override { return mpi.readPlace(rank_, count_); }

  napi_value result(napi_env env) override {
    napi_value place = nullptr, rank = nullptr, count = nullptr;
    napi_create_object(env, &place);
    napi_create_int32(env, rank_, &rank);
    napi_create_int32(env, count_, &count);
    napi_set_named_property(env, place, "rank", rank);
    napi_set_named_property(env, place, "count", count);
    return place;
  }

 private:
  int rank_ = 0, count_ = 0;
};

class Start final : public Place {
 public:
  Start() : Place("start") {}

  int run(Mpi &mpi) override {
    if (const int code = mpi.start()) return code;
    return Place::run(mpi);
  }
};

// Goes on with the ranks that are left.
class Shrink final : public Place {
 public:
  Shrink() : Place("shrink") {}

  int run(Mpi &mpi) override {
    if (const int code = mpi.shrink()) return code;
    return Place::run(mpi);
  }
};

template <class Entry>
class Sum final : public Operation {
 public:
  Sum(Entry *values, size_t count) : Operation("sum"), values_(values), count_(count) {}

  int run(Mpi &mpi) override {
    return inParts<Entry>(count_, [&](size_t start, int part) { return mpi.sum(values_ + start, part); });
  }

 private:
  Entry *values_;
  size_t count_;
};

class Broadcast final : public Operation {
 public:
  Broadcast(uint8_t *bytes, size_t count) : Operation("broadcast"), bytes_(bytes), count_(count) {}

  int run(Mpi &mpi) override { return broadcastBytes(mpi, bytes_, count_, 0); }

 private:
  uint8_t *bytes_;
  size_t count_;
};

// The bytes of each rank travel by a broadcast of its own: lengths differ, and need not fit an int together.
class Gather final : public Operation {
 public:
  Gather(const uint8_t *bytes, size_t count) : Operation("gather"), bytes_(bytes), count_(count) {}

  int run(Mpi &mpi) override {
    int rank = 0;
    if (const int code = mpi.readPlace(rank, ranks_)) return code;
    lengths_ = static_cast<uint64_t *>(allocate(ranks_ * sizeof(uint64_t)));
    if (const int code = mpi.gather(count_, lengths_)) return code;
    size_t total = 0;
    for (int i = 0; i < ranks_; i++) total += lengths_[i];
    all_ = static_cast<uint8_t *>(allocate(total));
    uint8_t *place = all_;
    for (int i = 0; i < ranks_; place += lengths_[i++]) {
      if (i == rank && count_ > 0) memcpy(place, bytes_, count_);
      if (const int code = broadcastBytes(mpi, place, lengths_[i], i)) return code;
    }
    return 0;
  }

  napi_value result(napi_env env) override {
    napi_value list = nullptr;
    napi_create_array_with_length(env, ranks_, &list);
    const uint8_t *place = all_;
    for (int i = 0; i < ranks_; place += lengths_[i++]) {
      void *memory = nullptr;
      napi_value buffer = nullptr, bytes = nullptr;
      napi_create_arraybuffer(env, lengths_[i], &memory, &buffer);
      if (lengths_[i] > 0) memcpy(memory, place, lengths_[i]);
      napi_create_typedarray(env, napi_uint8_array, lengths_[i], buffer, 0, &bytes);
      napi_set_element(env, list, i, bytes);
    }
    return list;
  }

  void freeMemory() override {
    free(lengths_);
    free(all_);
  }

 private:
  const uint8_t *bytes_;
  uint64_t count_, *lengths_ = nullptr;
  uint8_t *all_ = nullptr;
  int ranks_ = 0;
};

class Agree final : public Operation {
 public:
  explicit Agree(bool isDone) : Operation("agreement"), isDone_(isDone) {}

  int run(Mpi &mpi) override {
    mpi.agree(isDone_);
    return 0;
  }

  napi_value result(napi_env env) override {
    napi_value isDone = nullptr;
    napi_get_boolean(env, isDone_, &isDone);
    return isDone;
  }

 private:
  bool isDone_;
};

class Close final : public Operation {
 public:
  Close() : Operation("close") { isLast = true; }

  int run(Mpi &mpi) override { return mpi.finish(); }
};

}  // namespace ramble
