"""GPT-2's decoder in plain PyTorch: pre-norm, learned positions, tied head, tanh GELU.

Written for comparison with ramble, from the published description; initial values as in
openai/gpt-2: 0.02, positions 0.01, and 0.02 / sqrt(2L) where a branch joins the residual stream.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Config:
    vocab_size: int
    context_length: int
    n_layer: int
    n_head: int
    n_embd: int
    relative: bool = False  # Music Transformer's attention, by skewing


class Block(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        width = config.n_embd
        self.n_head = config.n_head
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        if config.relative:
            head_dim = width // config.n_head
            rows = (config.n_head, config.context_length, head_dim)
            self.distances = nn.Parameter(torch.randn(rows) * head_dim**-0.5)
        self.relative = config.relative

    def forward(self, x):
        batch, length, width = x.shape
        heads = (batch, length, self.n_head, width // self.n_head)
        q, k, v = (part.view(heads).transpose(1, 2) for part in self.qkv(self.norm1(x)).split(width, 2))
        if self.relative:
            read = self.read_relative(q, k, v)
        else:
            read = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(read.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))

    def read_relative(self, q, k, v):
        """Huang et al. 2018, section 3.4.1: pad a column, reshape, drop the first row."""
        batch, heads, length, head_dim = q.shape
        products = q @ self.distances[:, -length:].transpose(1, 2)
        padded = F.pad(products, (1, 0)).view(batch, heads, length + 1, length)
        scores = (q @ k.transpose(2, 3) + padded[:, :, 1:]) / head_dim**0.5
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        return scores.masked_fill(future, float("-inf")).softmax(-1) @ v


class Gpt(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.tokens = nn.Embedding(config.vocab_size, config.n_embd)
        self.positions = nn.Embedding(config.context_length, config.n_embd)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.norm = nn.LayerNorm(config.n_embd)
        into_stream = 0.02 / (2 * config.n_layer) ** 0.5
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                joins = name.endswith(("proj.weight", "down.weight"))
                deviation = 0.01 if name == "positions.weight" else into_stream if joins else 0.02
                nn.init.normal_(parameter, std=deviation)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def loss(self, tokens, targets, reduction="mean"):
        """Cross-entropy in nats; tokens and targets are `[B, T]`."""
        x = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = self.norm(x) @ self.tokens.weight.T
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction=reduction)


def adamw(model: Gpt, learning_rate: float, beta2: float, weight_decay: float):
    """AdamW that decays matrices only."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, beta2), fused=True)


def update(model: Gpt, optimizer: torch.optim.Optimizer, tokens, targets, clip_norm: float) -> float:
    """One step of training; the loss of the batch before it."""
    optimizer.zero_grad(set_to_none=True)
    loss = model.loss(tokens, targets)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
    optimizer.step()
    return loss.item()
