"""Times matrix products on two threads; tools/bench/products.mjs has the same shapes.

Measures once, or once for every line on standard input; prints a line of JSON each time.
"""

import json
import sys
import time

import torch

PRODUCTS = [  # m, n, k, which operands are transposed
    (512, 3072, 768, False, False),
    (512, 3072, 768, False, True),
    (512, 3072, 768, True, False),
    (1024, 1024, 1024, False, False),
    (768, 384, 128, False, False),
]
SECONDS = 0.3

torch.set_num_threads(2)


def measure(m, n, k, transpose_a, transpose_b):
    a = torch.rand(k, m).T if transpose_a else torch.rand(m, k)
    b = torch.rand(n, k).T if transpose_b else torch.rand(k, n)
    c = torch.empty(m, n)
    best = float("inf")
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        torch.mm(a, b, out=c)
        best = min(best, time.perf_counter() - start)
    name = f"{m}x{k}x{n} {'T' if transpose_a else 'N'}{'T' if transpose_b else 'N'}"
    return {"name": name, "gigaflops": round(2 * m * n * k / best / 1e9)}


for _ in ["once"] if sys.stdin is None or sys.stdin.isatty() else sys.stdin:
    print(json.dumps([measure(*product) for product in PRODUCTS]), flush=True)
