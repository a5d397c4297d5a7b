"""The Llama family's decoder in plain PyTorch: RMS norm, rotary positions, shared heads of keys, a SwiGLU
MLP, no biases, tied head. Written for comparison with ramble, from the published description.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class LlamaConfig:
    vocab_size: int
    context_length: int
    n_layer: int
    n_head: int
    n_kv_head: int
    head_dim: int
    n_embd: int
    mlp_dim: int
    rope_theta: float = 10_000.0


# The shape of SmolLM2-135M.
SMOLLM2 = LlamaConfig(
    vocab_size=49152,
    context_length=1024,
    n_layer=30,
    n_head=9,
    n_kv_head=3,
    head_dim=64,
    n_embd=576,
    mlp_dim=1536,
)


class LlamaBlock(nn.Module):
    def __init__(self, config: LlamaConfig):
        super().__init__()
        self.heads = (config.n_head, config.n_kv_head, config.n_kv_head)
        self.head_dim = config.head_dim
        width, read = config.n_embd, config.n_head * config.head_dim
        self.norm1 = nn.RMSNorm(width, eps=1e-5)
        self.qkv = nn.Linear(width, sum(self.heads) * config.head_dim, bias=False)
        self.proj = nn.Linear(read, width, bias=False)
        self.norm2 = nn.RMSNorm(width, eps=1e-5)
        self.up = nn.Linear(width, 2 * config.mlp_dim, bias=False)
        self.down = nn.Linear(config.mlp_dim, width, bias=False)

    def forward(self, x, cos, sin):
        batch, length, _ = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, length, -1, self.head_dim).transpose(1, 2)
        q, k, v = qkv.split(self.heads, 1)
        q, k = turn(q, cos, sin), turn(k, cos, sin)
        read = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        x = x + self.proj(read.transpose(1, 2).reshape(batch, length, -1))
        gate, value = self.up(self.norm2(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * value)


def turn(x, cos, sin):
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class Llama(nn.Module):
    def __init__(self, config: LlamaConfig):
        super().__init__()
        self.tokens = nn.Embedding(config.vocab_size, config.n_embd)
        self.blocks = nn.ModuleList(LlamaBlock(config) for _ in range(config.n_layer))
        self.norm = nn.RMSNorm(config.n_embd, eps=1e-5)
        exponents = torch.arange(0, config.head_dim, 2) / config.head_dim
        angles = torch.outer(torch.arange(config.context_length), config.rope_theta**-exponents)
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02)

    def loss(self, tokens, targets, reduction="mean"):
        """Cross-entropy in nats; tokens and targets are `[B, T]`."""
        x = self.tokens(tokens)
        cos, sin = self.cos[: tokens.shape[1]], self.sin[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x, cos, sin)
        logits = self.norm(x) @ self.tokens.weight.T
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction=reduction)
