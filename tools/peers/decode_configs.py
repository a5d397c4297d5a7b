"""The models that decoding and prompts are timed with, as tools/bench/workloads.mjs has them."""

import sys

import torch

from gpt import Config, Gpt
from llama import SMOLLM2, Llama, LlamaConfig

CONFIGS = {
    "A": Config(vocab_size=65, context_length=64, n_layer=4, n_head=4, n_embd=128),
    "C": Config(vocab_size=50257, context_length=1024, n_layer=12, n_head=12, n_embd=768),
    "S": SMOLLM2,
    "T": Config(vocab_size=8000, context_length=128, n_layer=6, n_head=8, n_embd=512),
}
PROMPT = 32


def random_model(config):
    """The random model that every program gets."""
    torch.manual_seed(0)
    return (Llama if isinstance(config, LlamaConfig) else Gpt)(config)


def read_arguments():
    """The command line's model, batch size, kind of weights and number of tokens."""
    name, batch, weights, count = (sys.argv[1:] + ["1", "f32", "31"][len(sys.argv) - 2 :])[:4]
    return CONFIGS[name], int(batch), weights, int(count)
