// Opens a libmpi at run time, of whichever binary interface it is.
#pragma once

#include <stddef.h>

#include "library/mpi.h"

namespace ramble {

// Returns null, and says why in `reason`, when there is none of this name or it lacks a function.
Mpi *openLibrary(const char *name, char *reason, size_t reasonBytes);

}  // namespace ramble
