"""The instruction set of FBGEMM, which multiplies PyTorch's int8 and takes no variable of its own."""

import ctypes
import os

import torch

SETS = {"avx2": 1}  # of fbgemm's inst_set_t


def hold_fbgemm():
    """Holds it to $PEERS_FBGEMM_ISA, if that is set."""
    name = os.environ.get("PEERS_FBGEMM_ISA")
    if name is None:
        return
    library = os.path.join(os.path.dirname(torch.__file__), "lib", "libtorch_cpu.so")
    force = ctypes.CDLL(library)["_ZN6fbgemm14fbgemmForceIsaENS_10inst_set_tE"]
    force.argtypes, force.restype = [ctypes.c_int], None
    force(SETS[name])
