// A rank that adds up arrays of f32 by MPI_Allreduce in place, from its main thread: what allreduce.mjs is
// compared with. It opens the library as the addon does, with the same settings.
//   plain-allreduce LIBRARY COUNT SUMS
// Rank 0 prints a line of JSON with the milliseconds of each sum.
#include <stdio.h>
#include <stdlib.h>

#include <chrono>
#include <vector>

#include "library/open-library.h"

using ramble::Mpi;

static void check(int code) {
  if (code == 0) return;
  fprintf(stderr, "plain-allreduce: error %d of MPI\n", code);
  exit(1);
}

int main(int, char **arguments) {
  const int count = atoi(arguments[2]), sums = atoi(arguments[3]);
  char reason[512];
  Mpi *mpi = ramble::openLibrary(arguments[1], reason, sizeof reason);
  if (mpi == nullptr) {
    fprintf(stderr, "plain-allreduce: %s\n", reason);
    return 1;
  }
  check(mpi->start());
  int rank, ranks;
  check(mpi->readPlace(rank, ranks));
  std::vector<float> values(count, static_cast<float>(rank + 1));
  check(mpi->sum(values.data(), count));  // wakes all ranks, and shows that they are together
  const float expected = ranks * (ranks + 1) / 2;
  if (values.front() != expected || values.back() != expected) {
    fprintf(stderr, "plain-allreduce: expected a sum of %g, got %g\n", expected, values.back());
    return 1;
  }
  std::vector<double> milliseconds;
  for (int i = 0; i < sums; i++) {
    const auto start = std::chrono::steady_clock::now();
    check(mpi->sum(values.data(), count));
    const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
    milliseconds.push_back(elapsed.count());
  }
  check(mpi->finish());
  if (rank > 0) return 0;
  printf("{\"milliseconds\":[");
  for (int i = 0; i < sums; i++) printf("%s%.3f", i > 0 ? "," : "", milliseconds[i]);
  printf("]}\n");
}
