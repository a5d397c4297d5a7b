// What the worker does for JavaScript.
#pragma once

#include <node_api.h>

#include "library/mpi.h"

namespace ramble {

class Operation {
 public:
  explicit Operation(const char *name) : name_(name) {}

  // On the worker's thread. Returns MPI's error code.
  virtual int run(Mpi &mpi) = 0;

  // On JavaScript's thread, when the operation has succeeded: what its promise is resolved with.
  virtual napi_value result(napi_env) { return nullptr; }

  // On JavaScript's thread, at the end.
  virtual void freeMemory() {}

  const char *name() const { return name_; }

  Operation *next = nullptr;  // in the worker's queue
  bool isLast = false;        // the worker ends after it
  bool hasFailed = false;
  char error[Mpi::MAX_ERROR_BYTES + 16] = "";  // of the library, behind the name
  // What the caller keeps until the end: its promise, and the array that the operation works on.
  napi_deferred promise = nullptr;
  napi_ref array = nullptr;

 private:
  const char *name_;
};

}  // namespace ramble
