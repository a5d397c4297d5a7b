"""Times whole training steps (forward, backward, clipping, AdamW) of some models.

    train_step.py A|B|C|R|S [--steps N] [--bf16]

With --bf16, steps run under bfloat16 autocast.

Measures once, or once for every line on standard input, so that a benchmark can take turns with
it; prints a line of JSON each time, `{"milliseconds": [...], "peakMegabytes": ...}`.
"""

import argparse
from contextlib import nullcontext
from dataclasses import replace

import torch

from gpt import Config, Gpt, adamw, update
from llama import SMOLLM2, Llama, LlamaConfig
from turns import time_steps

CONFIGS = {  # model, batch size
    "A": (Config(vocab_size=65, context_length=64, n_layer=4, n_head=4, n_embd=128), 12),
    "B": (Config(vocab_size=65, context_length=256, n_layer=6, n_head=6, n_embd=384), 8),
    "C": (Config(vocab_size=50257, context_length=64, n_layer=12, n_head=12, n_embd=768), 4),
    "R": (Config(vocab_size=388, context_length=2048, n_layer=4, n_head=4, n_embd=256, relative=True), 1),
    "S": (replace(SMOLLM2, context_length=64), 4),
}

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("config", choices=CONFIGS)
parser.add_argument("--steps", type=int, default=10)
parser.add_argument("--bf16", action="store_true")
arguments = parser.parse_args()

torch.manual_seed(0)
config, batch_size = CONFIGS[arguments.config]
model = (Llama if isinstance(config, LlamaConfig) else Gpt)(config)
optimizer = adamw(model, learning_rate=1e-3, beta2=0.95, weight_decay=0.1)
ids = torch.randint(config.vocab_size, (batch_size, config.context_length + 1))


def step():
    with torch.autocast("cpu", torch.bfloat16) if arguments.bf16 else nullcontext():
        update(model, optimizer, ids[:, :-1], ids[:, 1:], clip_norm=1.0)


time_steps(step, arguments.steps, warm_up=3)
