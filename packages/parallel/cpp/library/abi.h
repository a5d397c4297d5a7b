// The values of the three binary interfaces of MPI, which no header is needed for: a handle is the address of
// an object in Open MPI, a number of 32 bits in MPICH and its relatives, and a small number in a pointer in
// the standard interface of MPI 5.0.
#pragma once

#include <dlfcn.h>

namespace ramble {

template <class Handle>
struct Abi {
  Handle world, errorsReturn, bytes, floats, doubles, sum;
  void *inPlace;
  int funneled;
};

inline void *pointer(long value) { return reinterpret_cast<void *>(value); }

// mpi.h of Open MPI 4 and 5.
inline Abi<void *> openMpiAbi(void *library) {
  const auto at = [&](const char *name) { return dlsym(library, name); };
  return {at("ompi_mpi_comm_world"), at("ompi_mpi_errors_return"), at("ompi_mpi_byte"), at("ompi_mpi_float"),
          at("ompi_mpi_double"),     at("ompi_mpi_op_sum"),        pointer(1),          1};
}

// mpi.h of MPICH 3 to 5, Intel MPI and MVAPICH, which keep to https://www.mpich.org/abi/
constexpr long MPICH_IN_PLACE = -1;
inline Abi<int> mpichAbi() {
  return {0x44000000, 0x54000001, 0x4c00010d, 0x4c00040a, 0x4c00080b, 0x58000003, pointer(MPICH_IN_PLACE), 1};
}

// MPI 5.0, chapter 20; mpi.h of https://github.com/mpi-forum/mpi-abi-stubs
inline Abi<void *> standardAbi() {
  return {pointer(0x101), pointer(0x143), pointer(0x247), pointer(0x210),
          pointer(0x214), pointer(0x21),  pointer(1),     1024};
}

}  // namespace ramble
