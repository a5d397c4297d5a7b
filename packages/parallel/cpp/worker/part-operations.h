// Operations on one part of an array for each rank, a stretch of all parts at a time. Places of MPI are ints,
// so arrays have less than 2^31 entries.
#pragma once

#include "worker/operations.h"

namespace ramble {

class PartsOperation : public Operation {
 public:
  // The part of rank r is from `ends[r - 1]` to before `ends[r]`.
  PartsOperation(const char *name, float *values, const double *ends, size_t ranks)
      : Operation(name), values_(values), ranks_(ranks) {
    ends_ = static_cast<size_t *>(allocate(ranks * sizeof(size_t)));
    counts_ = static_cast<int *>(allocate(ranks * sizeof(int)));
    places_ = static_cast<int *>(allocate(ranks * sizeof(int)));
    for (size_t r = 0; r < ranks; r++) {
      ends_[r] = static_cast<size_t>(ends[r]);
      places_[r] = static_cast<int>(start(r));
    }
  }

  void freeMemory() override {
    free(ends_);
    free(counts_);
    free(places_);
  }

 protected:
  size_t start(size_t rank) const { return rank == 0 ? 0 : ends_[rank - 1]; }

  // Calls `stretch(offset)` for at most `limit` entries of every part, with the count of each: all ranks call
  // it equally often.
  template <class Stretch>
  int inStretches(size_t limit, const Stretch &stretch) {
    size_t longest = 0;
    for (size_t r = 0; r < ranks_; r++) {
      const size_t length = ends_[r] - start(r);
      longest = length > longest ? length : longest;
    }
    for (size_t offset = 0; offset < longest; offset += limit) {
      for (size_t r = 0; r < ranks_; r++) {
        const size_t length = ends_[r] - start(r), left = length > offset ? length - offset : 0;
        counts_[r] = static_cast<int>(left < limit ? left : limit);
      }
      if (const int code = stretch(offset)) return code;
    }
    return 0;
  }

  float *values_;
  size_t ranks_;
  int *counts_, *places_;  // of a stretch; places are those of the parts

 private:
  size_t *ends_;
};

// MPI_Reduce_scatter adds ranks in an order of its own. Here each rank gets the entries of its part from all,
// and adds them up in pairs, whichever the library and the number of ranks.
class SumParts final : public PartsOperation {
 public:
  SumParts(float *values, const double *ends, size_t ranks)
      : PartsOperation("sum of parts", values, ends, ranks) {}

  int run(Mpi &mpi) override {
    int rank = 0, ranks = 0;
    if (const int code = mpi.readPlace(rank, ranks)) return code;
    const size_t limit = MAX_RECEIVED / ranks_ + 1;
    float *received = static_cast<float *>(allocate(ranks_ * limit * sizeof(float)));
    int *counts = static_cast<int *>(allocate(ranks_ * sizeof(int)));
    int *places = static_cast<int *>(allocate(ranks_ * sizeof(int)));
    const int code = inStretches(limit, [&](size_t offset) {
      const int own = counts_[rank];
      for (size_t r = 0; r < ranks_; r++) {
        counts[r] = own;
        places[r] = static_cast<int>(r) * own;
      }
      if (const int failed = mpi.exchange(values_ + offset, counts_, places_, received, counts, places)) {
        return failed;
      }
      addInPairs(received, ranks_, own);
      if (own > 0) memcpy(values_ + start(rank) + offset, received, own * sizeof(float));
      return 0;
    });
    free(received);
    free(counts);
    free(places);
    return code;
  }

 private:
  static constexpr size_t MAX_RECEIVED = size_t(1) << 22;  // entries, 16 MB

  // Adds up arrays that lie one after the other, into the first: halves first.
  static void addInPairs(float *arrays, size_t count, size_t length) {
    if (count == 1) return;
    const size_t half = count / 2;
    float *others = arrays + half * length;
    addInPairs(arrays, half, length);
    addInPairs(others, count - half, length);
    for (size_t i = 0; i < length; i++) arrays[i] += others[i];
  }
};

class GatherParts final : public PartsOperation {
 public:
  GatherParts(float *values, const double *ends, size_t ranks)
      : PartsOperation("gather of parts", values, ends, ranks) {}

  int run(Mpi &mpi) override {
    return inStretches(MAX_PART_BYTES / sizeof(float),
                       [&](size_t offset) { return mpi.gatherParts(values_ + offset, counts_, places_); });
  }
};

}  // namespace ramble
