"""Writes a random GPT-2 as Hugging Face's transformers does, in shards: transformers_random.py FOLDER [scaled].

It has the shape of GPT-2 small; with `scaled`, it is smaller, and divides the attention scores by the layer's number.
"""

import sys

import torch
from transformers import GPT2Config, GPT2LMHeadModel

torch.manual_seed(7)
scaled = {"scale_attn_by_inverse_layer_idx": True, "reorder_and_upcast_attn": True}
shape = {"n_layer": 3, "n_head": 4, "n_embd": 64, "initializer_range": 0.2, **scaled}
model = GPT2LMHeadModel(GPT2Config(**(shape if "scaled" in sys.argv else {}))).eval()
model.save_pretrained(sys.argv[1], max_shard_size="100MB")
