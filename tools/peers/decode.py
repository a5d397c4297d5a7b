"""Times decoding one token at a time through a preallocated cache.

    decode.py A|C|S [batch size] [weights: f32|f16|int8] [tokens]

Measures once, or once for every line on standard input; prints a line of JSON each time.
"""

import time

import torch

from cached import Cached
from decode_configs import PROMPT, read_arguments
from turns import for_turns

config, batch, weights, count = read_arguments()
model = Cached(config, batch, weights)


@torch.inference_mode()
def decode(tokens):
    model.advance(torch.arange(PROMPT).repeat(batch, 1), 0)
    start = time.perf_counter()
    for i in range(tokens):
        model.advance(torch.full((batch, 1), i % config.vocab_size), PROMPT + i)
    milliseconds = 1000 * (time.perf_counter() - start) / tokens
    return {
        "milliseconds": round(milliseconds, 3),
        "tokensPerSecond": round(1000 * batch / milliseconds),
    }


decode(2)
for_turns(lambda: decode(count))
