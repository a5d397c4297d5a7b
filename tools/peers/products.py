"""Times matrix products; tools/bench/products.mjs has the same shapes.

    products.py [mkl|onednn|openblas|blis|bf16]

With bf16, torch multiplies matrices in bfloat16. MKL and oneDNN are those in torch's wheel, OpenBLAS is numpy's, BLIS is Debian's. Measures once, or once for every line
on standard input; prints a line of JSON each time.
"""

import re
import sys
import time

import numpy
import torch

import blis
from turns import for_turns, versions_of

PRODUCTS = [  # m, n, k, which operands are transposed
    (512, 3072, 768, False, False),
    (512, 3072, 768, False, True),
    (512, 3072, 768, True, False),
    (1024, 1024, 1024, False, False),
    (768, 384, 128, False, False),
]
SECONDS = 0.1

library = sys.argv[1] if len(sys.argv) > 1 else "mkl"


def product(a, b, c):
    """What computes c = a b with the library."""
    if library == "bf16":
        a, b, c = (x.bfloat16() for x in (a, b, c))
    if library in ("mkl", "bf16"):
        return lambda: torch.mm(a, b, out=c)
    if library == "onednn":
        return lambda: torch.ops.mkldnn._linear_pointwise(a, b.T, None, "none", [], "")
    if library == "blis":
        return blis.product(a, b, c)
    left, right, out = a.numpy(), b.numpy(), c.numpy()
    return lambda: numpy.matmul(left, right, out=out)


def measure(m, n, k, transpose_a, transpose_b):
    a = torch.rand(k, m).T if transpose_a else torch.rand(m, k)
    b = torch.rand(n, k).T if transpose_b else torch.rand(k, n)
    multiply = product(a, b, torch.empty(m, n))
    best = float("inf")
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        multiply()
        best = min(best, time.perf_counter() - start)
    name = f"{m}x{k}x{n} {'T' if transpose_a else 'N'}{'T' if transpose_b else 'N'}"
    return {"name": name, "gigaflops": round(2 * m * n * k / best / 1e9)}


def versions():
    """Those of the library and of the package that it is in."""
    if library == "blis":
        return {"BLIS": blis.version()}
    if library == "openblas":
        built = numpy.__config__.show(mode="dicts")["Build Dependencies"]["blas"]
        return {"OpenBLAS": built["version"], **versions_of("numpy")}
    if library == "bf16":
        return versions_of("torch")
    pattern = {"mkl": r"Math Kernel Library Version (\S+?)-", "onednn": r"MKL-DNN v(\S+)"}[library]
    name = {"mkl": "MKL", "onednn": "oneDNN"}[library]
    return {name: re.search(pattern, torch.__config__.show())[1], **versions_of("torch")}


for_turns(lambda: [measure(*sizes) for sizes in PRODUCTS], versions())
