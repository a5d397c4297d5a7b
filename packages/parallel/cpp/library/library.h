// A libmpi whose handles are of one type.
#pragma once

#include "old-glibc.h"

#include <dlfcn.h>

#include <type_traits>

#include "library/abi.h"
#include "library/mpi.h"

namespace ramble {

template <class Handle>
class Library final : public Mpi {
 public:
  explicit Library(const Abi<Handle> &abi) : abi_(abi), ranks_(abi.world) {}

  // Returns the name of a function that the library does not have, or null.
  const char *find(void *library) {
    const char *missing = nullptr;
    const auto look = [&](auto &function, const char *name) {
      using Function = std::remove_reference_t<decltype(function)>;
      function = reinterpret_cast<Function>(dlsym(library, name));
      if (function == nullptr) missing = name;
    };
    look(initThread_, "MPI_Init_thread");
    look(setErrorHandler_, "MPI_Comm_set_errhandler");
    look(finalize_, "MPI_Finalize");
    look(abort_, "MPI_Abort");
    look(commRank_, "MPI_Comm_rank");
    look(commSize_, "MPI_Comm_size");
    look(libraryVersion_, "MPI_Get_library_version");
    look(errorString_, "MPI_Error_string");
    look(allreduce_, "MPI_Allreduce");
    look(bcast_, "MPI_Bcast");
    look(allgather_, "MPI_Allgather");
    look(alltoallv_, "MPI_Alltoallv");
    look(allgatherv_, "MPI_Allgatherv");
    const char *const needed = missing;
    look(revoke_, "MPIX_Comm_revoke");
    look(agree_, "MPIX_Comm_agree");
    look(shrink_, "MPIX_Comm_shrink");
    return needed;
  }

  int start() override {
    int provided = 0;
    if (const int code = initThread_(nullptr, nullptr, abi_.funneled, &provided)) return code;
    return setErrorHandler_(abi_.world, abi_.errorsReturn);
  }

  int finish() override { return finalize_(); }

  void abort(int status) override { abort_(abi_.world, status); }

  int readPlace(int &rank, int &count) override {
    if (const int code = commRank_(ranks_, &rank)) return code;
    return commSize_(ranks_, &count);
  }

  bool canRecover() const override { return revoke_ != nullptr && agree_ != nullptr && shrink_ != nullptr; }

  void agree(bool &isDone) override {
    if (!isDone) revoke_(ranks_);
    int flag = isDone ? 1 : 0;
    isDone = agree_(ranks_, &flag) == 0 && flag == 1;
  }

  int shrink() override {
    Handle left;
    if (const int code = shrink_(ranks_, &left)) return code;
    ranks_ = left;
    return setErrorHandler_(ranks_, abi_.errorsReturn);
  }

  void describeLibrary(char *text) override {
    int length = 0;
    libraryVersion_(text, &length);
  }

  void describeError(int code, char *text) override {
    int length = 0;
    errorString_(code, text, &length);
  }

  int sum(float *values, int count) override { return sumOf(values, count, abi_.floats); }

  int sum(double *values, int count) override { return sumOf(values, count, abi_.doubles); }

  int exchange(const float *values, const int *counts, const int *places, float *received,
               const int *receivedCounts, const int *receivedPlaces) override {
    return alltoallv_(values, counts, places, abi_.floats, received, receivedCounts, receivedPlaces,
                      abi_.floats, ranks_);
  }

  int gatherParts(float *values, const int *counts, const int *places) override {
    return allgatherv_(abi_.inPlace, 0, abi_.floats, values, counts, places, abi_.floats, ranks_);
  }

  int broadcast(uint8_t *bytes, int count, int root) override {
    return bcast_(bytes, count, abi_.bytes, root, ranks_);
  }

  int gather(const uint64_t &mine, uint64_t *all) override {
    constexpr int BYTES = sizeof mine;
    return allgather_(&mine, BYTES, abi_.bytes, all, BYTES, abi_.bytes, ranks_);
  }

 private:
  int sumOf(void *values, int count, Handle type) {
    return allreduce_(abi_.inPlace, values, count, type, abi_.sum, ranks_);
  }

  Abi<Handle> abi_;
  Handle ranks_;  // those that are left of the world
  int (*initThread_)(int *, char ***, int, int *);
  int (*setErrorHandler_)(Handle, Handle);
  int (*finalize_)();
  int (*abort_)(Handle, int);
  int (*commRank_)(Handle, int *);
  int (*commSize_)(Handle, int *);
  int (*libraryVersion_)(char *, int *);
  int (*errorString_)(int, char *, int *);
  int (*allreduce_)(const void *, void *, int, Handle, Handle, Handle);
  int (*bcast_)(void *, int, Handle, int, Handle);
  int (*allgather_)(const void *, int, Handle, void *, int, Handle, Handle);
  int (*alltoallv_)(const void *, const int *, const int *, Handle, void *, const int *, const int *, Handle,
                    Handle);
  int (*allgatherv_)(const void *, int, Handle, void *, const int *, const int *, Handle, Handle);
  int (*revoke_)(Handle);
  int (*agree_)(Handle, int *);
  int (*shrink_)(Handle, Handle *);
};

}  // namespace ramble
