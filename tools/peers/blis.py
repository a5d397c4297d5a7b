"""BLIS, by the library of Debian 12, which is taken apart into ramble's cache folder; nothing is installed.

PyPI's wheel of BLIS runs on one thread alone.
"""

import ctypes
import glob
import os
import subprocess
import sys

PACKAGE = "libblis4-pthread=0.9.0-1"
ROW_MAJOR, AS_IT_LIES, TRANSPOSED = 101, 111, 112


def load():
    cache = os.environ.get("RAMBLE_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "ramble"
    )
    folder = os.path.join(cache, PACKAGE.replace("=", "-"))
    pattern = os.path.join(folder, "usr/lib/*/blis-pthread/libblis.so.4")
    if not glob.glob(pattern):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["apt-get", "download", "--quiet", PACKAGE], cwd=folder, check=True, stdout=sys.stderr)
        [archive] = glob.glob(os.path.join(folder, "*.deb"))
        subprocess.run(["dpkg", "-x", archive, folder], check=True)
    return ctypes.CDLL(glob.glob(pattern)[0])


def version():
    """The version, and the processor whose kernels it takes."""
    library = load()
    library.bli_info_get_version_str.restype = library.bli_arch_string.restype = ctypes.c_char_p
    library.bli_init()
    kernels = library.bli_arch_string(library.bli_arch_query_id())
    return f"{library.bli_info_get_version_str().decode()} ({kernels.decode()})"


def product(a, b, c):
    """What computes c = a b with BLIS."""
    sgemm = load().cblas_sgemm
    sgemm.restype = None
    (m, k), n = a.shape, b.shape[1]
    one, zero = ctypes.c_float(1), ctypes.c_float(0)
    kinds_and_sizes = [ctypes.c_int(each) for each in (ROW_MAJOR, order(a), order(b), m, n, k)]

    def multiply():
        sgemm(*kinds_and_sizes, one, *operand(a), *operand(b), zero, *operand(c))

    return multiply


def operand(matrix):
    return ctypes.c_void_p(matrix.data_ptr()), ctypes.c_int(max(matrix.stride()))


def order(matrix):
    return AS_IT_LIES if matrix.stride(1) == 1 else TRANSPOSED
