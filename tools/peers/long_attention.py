"""Times scaled_dot_product_attention over a long text, forward and backward, with the masks of ramble's kinds.

    long_attention.py causal|local|compressed

Measures once, or once for every line on standard input; prints a line of JSON each time.
"""

import json
import resource
import sys
import time

import torch
from torch.nn import functional as F

HEADS, SIZE, LENGTH, BLOCK, GROUP, TURNS = 4, 64, 8192, 256, 3, 2
kind = sys.argv[1]
keys = 1 + -(-LENGTH // GROUP) if kind == "compressed" else LENGTH
query = torch.arange(LENGTH)[:, None]
key = torch.arange(keys)[None]
MASKS = {
    "causal": lambda: None,
    "local": lambda: (key <= query) & (key // BLOCK >= query // BLOCK - 1),
    "compressed": lambda: key * GROUP <= query,
}
mask = MASKS[kind]()
q, k, v = (torch.randn(1, HEADS, count, SIZE, requires_grad=True) for count in (LENGTH, keys, keys))
dy = torch.randn(1, HEADS, LENGTH, SIZE)


def step() -> float:
    start = time.perf_counter()
    read = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
    torch.autograd.grad(read, (q, k, v), dy)
    return round(1000 * (time.perf_counter() - start), 2)


step()
for _ in ["once"] if sys.stdin is None or sys.stdin.isatty() else sys.stdin:
    milliseconds = [step() for _ in range(TURNS)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"milliseconds": milliseconds, "peakMegabytes": round(peak)}), flush=True)
