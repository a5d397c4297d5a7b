"""Times reading a prompt, all of it in one step of the model.

    prompt.py C|S [weights: f32|f16|int8] [tokens]

Measures once, or once for every line on standard input; prints a line of JSON each time.
"""

import sys
import time

import torch

from cached import Cached
from decode_configs import CONFIGS
from turns import for_turns

name, weights, count = (sys.argv[1:] + ["f32", "512"][len(sys.argv) - 2 :])[:3]
config = CONFIGS[name]
model = Cached(config, 1, weights)


@torch.inference_mode()
def read(length):
    ids = (7 * torch.arange(length) % config.vocab_size)[None]
    start = time.perf_counter()
    model.advance(ids, 0)
    seconds = time.perf_counter() - start
    return {"milliseconds": round(1000 * seconds, 1), "tokensPerSecond": round(length / seconds)}


read(8)
for_turns(lambda: read(int(count)))
