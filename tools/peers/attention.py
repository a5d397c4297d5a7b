"""Times scaled_dot_product_attention alone, forward and backward, with the masks of ramble's kinds.

    attention.py causal|local|compressed HEADS LENGTH STEPS

Measures once, or once for every line on standard input; prints a line of JSON each time.
"""

import sys

import torch
from torch.nn import functional as F

from turns import time_steps

SIZE, BLOCK, GROUP = 64, 256, 3
kind, (heads, length, steps) = sys.argv[1], map(int, sys.argv[2:])
keys = 1 + -(-length // GROUP) if kind == "compressed" else length
query = torch.arange(length)[:, None]
key = torch.arange(keys)[None]
MASKS = {
    "causal": lambda: None,
    "local": lambda: (key <= query) & (key // BLOCK >= query // BLOCK - 1),
    "compressed": lambda: key * GROUP <= query,
}
mask = MASKS[kind]()
q, k, v = (torch.randn(1, heads, count, SIZE, requires_grad=True) for count in (length, keys, keys))
dy = torch.randn(1, heads, length, SIZE)


def step():
    read = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
    torch.autograd.grad(read, (q, k, v), dy)


time_steps(step, steps)
