// The calls of MPI that operations need, whichever library they come from. All are made on one thread.
#pragma once

#include <stdint.h>

namespace ramble {

// Calls return MPI's error code, 0 for success. Counts are of entries.
class Mpi {
 public:
  static constexpr int MAX_ERROR_BYTES = 512, MAX_VERSION_BYTES = 8192;  // the largest of all libraries

  // Joins the other ranks; from then on errors are returned instead of ending the process.
  virtual int start() = 0;
  virtual int finish() = 0;
  // Ends the processes of all ranks.
  virtual void abort(int status) = 0;

  virtual int readPlace(int &rank, int &count) = 0;
  // Also before the start.
  virtual void describeLibrary(char *text) = 0;
  virtual void describeError(int code, char *text) = 0;

  // Whether ranks can go on without some of them: User Level Failure Mitigation, which Open MPI 5 has.
  virtual bool canRecover() const = 0;
  // Tells the ranks that are left whether all of them have done their work; operations of the others end.
  virtual void agree(bool &isDone) = 0;
  // From then on the ranks are those that are left.
  virtual int shrink() = 0;

  // Adds up the arrays of all ranks, in place.
  virtual int sum(float *values, int count) = 0;
  virtual int sum(double *values, int count) = 0;
  // Sends `counts[r]` entries from `places[r]` on to rank r, and receives in the same way.
  virtual int exchange(const float *values, const int *counts, const int *places, float *received,
                       const int *receivedCounts, const int *receivedPlaces) = 0;
  // Gives every rank the entries of each: `counts[r]` from `places[r]` on, in place.
  virtual int gatherParts(float *values, const int *counts, const int *places) = 0;
  virtual int broadcast(uint8_t *bytes, int count, int root) = 0;
  // `all` is the numbers of all ranks, by rank.
  virtual int gather(const uint64_t &mine, uint64_t *all) = 0;
};

}  // namespace ramble
