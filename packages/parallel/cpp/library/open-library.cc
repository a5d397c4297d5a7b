#include "library/open-library.h"

#include <stdio.h>
#include <stdlib.h>

#include <new>

#include "library/library.h"
#include "library/settings.h"

namespace ramble {
namespace {

template <class Handle>
Mpi *make(void *library, const Abi<Handle> &abi, const char *name, char *reason, size_t reasonBytes) {
  alignas(Library<Handle>) static char memory[sizeof(Library<Handle>)];
  Library<Handle> *mpi = new (memory) Library<Handle>(abi);
  const char *missing = mpi->find(library);
  if (missing == nullptr) return mpi;
  snprintf(reason, reasonBytes, "%s has no %s", name, missing);
  return nullptr;
}

// Of the standard interface that the library has, or less than 1 when it has its own.
int standardVersion(void *library) {
  const auto version = reinterpret_cast<int (*)(int *, int *)>(dlsym(library, "MPI_Abi_get_version"));
  int major = -1, minor = -1;
  if (version != nullptr) version(&major, &minor);
  return major;
}

}  // namespace

Mpi *openLibrary(const char *name, char *reason, size_t reasonBytes) {
  setLibraries();  // some are read as soon as the library is opened
  // Global, as components that Open MPI opens later look for its symbols.
  void *library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    snprintf(reason, reasonBytes, "%s", dlerror());
    return nullptr;
  }
  if (dlsym(library, "ompi_mpi_comm_world") != nullptr) {
    return make(library, openMpiAbi(library), name, reason, reasonBytes);
  }
  if (standardVersion(library) > 0) return make(library, standardAbi(), name, reason, reasonBytes);
  return make(library, mpichAbi(), name, reason, reasonBytes);
}

}  // namespace ramble
