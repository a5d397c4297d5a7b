"""Decoding with the models of this folder: a preallocated cache of keys and values, and weights of a kind.

16 bits are bfloat16, which PyTorch is faster in on a CPU than in float16; int8 is its dynamic quantisation.
"""

import torch
from torch.nn import functional as F

from decode_configs import random_model
from fbgemm import hold_fbgemm
from gpt import Gpt
from llama import turn


def narrowed(module, weights):
    """The module with weights of a kind: f32, f16 or int8."""
    if weights == "f16":
        return module.bfloat16()
    if weights == "int8":
        hold_fbgemm()
        return torch.ao.quantization.quantize_dynamic(module, {torch.nn.Linear}, dtype=torch.qint8)
    return module


class Cached:
    """A random model with a cache for sequences that all have the same length."""

    def __init__(self, config, batch, weights):
        model = random_model(config)
        head = torch.nn.Linear(config.n_embd, config.vocab_size, bias=False)
        head.weight = model.tokens.weight
        self.is_gpt = isinstance(model, Gpt)
        self.config = config
        self.head = narrowed(torch.nn.Sequential(head), weights)
        self.model = narrowed(model, weights)
        n_kv_head = config.n_head if self.is_gpt else config.n_kv_head
        self.head_dim = config.n_embd // config.n_head if self.is_gpt else config.head_dim
        self.heads = (config.n_head, n_kv_head, n_kv_head)
        shape = (batch, n_kv_head, config.context_length, self.head_dim)
        zeros = lambda: torch.zeros(shape, dtype=self.model.tokens.weight.dtype)
        self.cache = [(zeros(), zeros()) for _ in range(config.n_layer)]

    def advance(self, ids, past):
        """Logits after the new tokens `ids` [B, T] behind `past` positions."""
        model = self.model
        seen = past + ids.shape[1]
        x = model.tokens(ids)
        if self.is_gpt:
            x = x + model.positions.weight[past:seen]
        for block, cache in zip(model.blocks, self.cache):
            qkv = block.qkv(block.norm1(x)).view(*ids.shape, -1, self.head_dim).transpose(1, 2)
            q, k, v = qkv.split(self.heads, 1)
            if not self.is_gpt:
                cos, sin = model.cos[past:seen], model.sin[past:seen]
                q, k = turn(q, cos, sin), turn(k, cos, sin)
            read = self.attend(q, k, v, cache, past)
            x = x + block.proj(read.transpose(1, 2).reshape(*ids.shape, -1))
            hidden = block.up(block.norm2(x))
            if self.is_gpt:
                x = x + block.down(F.gelu(hidden, approximate="tanh"))
            else:
                gate, value = hidden.chunk(2, -1)
                x = x + block.down(F.silu(gate) * value)
        return self.head(model.norm(x[:, -1]))

    def attend(self, q, k, v, cache, past):
        seen = past + q.shape[2]
        for kept, new in zip(cache, (k, v)):
            kept[:, :, past:seen] = new
        keys, values = (kept[:, :, :seen] for kept in cache)
        if past == 0:
            return F.scaled_dot_product_attention(
                q, keys, values, is_causal=True, enable_gqa=len(set(self.heads)) > 1
            )
        # One new token: the queries of a group read its keys as if they were one sequence.
        grouped = q.view(q.shape[0], self.heads[1], -1, self.head_dim)
        return F.scaled_dot_product_attention(grouped, keys, values).view(q.shape)
