// What libraries are told by the environment before they start. What the user has set stays.
#pragma once

#include <stdlib.h>

namespace ramble {

inline void setLibraries() {
  constexpr const char *SETTINGS[][2] = {
      // The order in which ranks are added decides how a sum is rounded. Left alone, MPICH 5 and Intel MPI
      // add (r0 + r2) + (r1 + r3), or one rank after the other, at many lengths; Rabenseifner's algorithm
      // adds pairs first, and sends the fewest bytes. Open MPI adds pairs first as it is.
      {"MPIR_CVAR_ALLREDUCE_DEVICE_COLLECTIVE", "0"},
      {"MPIR_CVAR_ALLREDUCE_INTRA_ALGORITHM", "reduce_scatter_allgather"},
      {"I_MPI_ADJUST_ALLREDUCE", "2"},
      // Over one connection Open MPI's two ranks send by turns, though each is to send a half at the same
      // time: a sum takes twice as long as the link needs. Over two connections it does not.
      {"OMPI_MCA_btl_tcp_links", "2"},
      // Sums wait for other ranks while this one computes with all of its cores: a thread that asks without
      // a pause takes a share of one. Open MPI gives way by itself only where it has more ranks than cores.
      {"OMPI_MCA_mpi_yield_when_idle", "1"},
      // UCX tries its hooks of memory by moving the end of the heap (sbrk) up by a page and down again.
      // Beside other threads, or where V8's code lies right behind the heap so that it cannot grow, this
      // takes away a page that malloc has given out: with MPICH one run of 20 ended by a segmentation fault.
      {"UCX_MEM_EVENTS", "n"},
  };
  constexpr int KEEP = 0;
  for (const auto &[name, value] : SETTINGS) setenv(name, value, KEEP);
}

}  // namespace ramble
