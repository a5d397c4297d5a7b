"""Times scaled_dot_product_attention alone, forward and backward.

    attention.py [length]

Measures once, or once for every line on standard input; prints a line of JSON each time.
"""

import json
import resource
import sys
import time

import torch
from torch.nn import functional as F

BATCH, HEADS, SIZE, TURNS = 1, 8, 64, 5
LENGTH = int(sys.argv[1]) if len(sys.argv) > 1 else 2048

q, k, v = (torch.randn(BATCH, HEADS, LENGTH, SIZE, requires_grad=True) for _ in range(3))
dy = torch.randn(BATCH, HEADS, LENGTH, SIZE)


def step() -> float:
    start = time.perf_counter()
    read = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.autograd.grad(read, (q, k, v), dy)
    return round(1000 * (time.perf_counter() - start), 2)


step()
for _ in ["once"] if sys.stdin is None or sys.stdin.isatty() else sys.stdin:
    milliseconds = [step() for _ in range(TURNS)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"milliseconds": milliseconds, "peakMegabytes": round(peak)}), flush=True)
