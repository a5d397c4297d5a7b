"""Times decoding one token at a time through a preallocated cache, on two threads.

    decode.py A|C [batch size] [tokens]

Measures once, or once for every line on standard input; prints a line of JSON each time.
"""

import json
import sys
import time

import torch
from torch.nn import functional as F

from gpt import Config, Gpt

CONFIGS = {
    "A": Config(vocab_size=65, context_length=64, n_layer=4, n_head=4, n_embd=128),
    "C": Config(vocab_size=50257, context_length=1024, n_layer=12, n_head=12, n_embd=768),
}
PROMPT = 32

torch.set_num_threads(2)
torch.manual_seed(0)
name = sys.argv[1]
batch = int(sys.argv[2]) if len(sys.argv) > 2 else 1
count = int(sys.argv[3]) if len(sys.argv) > 3 else 31
config = CONFIGS[name]
model = Gpt(config)


def advance(cache, ids, past):
    """Logits after the new tokens `ids` [B, T] behind `past` positions."""
    length = ids.shape[1]
    x = model.tokens(ids) + model.positions.weight[past : past + length]
    for block, (keys, values) in zip(model.blocks, cache):
        heads = (batch, length, config.n_head, config.n_embd // config.n_head)
        q, k, v = (
            part.view(heads).transpose(1, 2)
            for part in block.qkv(block.norm1(x)).split(config.n_embd, 2)
        )
        keys[:, :, past : past + length] = k
        values[:, :, past : past + length] = v
        seen = past + length
        read = F.scaled_dot_product_attention(
            q, keys[:, :, :seen], values[:, :, :seen], is_causal=past == 0
        )
        x = x + block.proj(read.transpose(1, 2).reshape(batch, length, config.n_embd))
        x = x + block.down(F.gelu(block.up(block.norm2(x)), approximate="tanh"))
    return model.norm(x[:, -1]) @ model.tokens.weight.T


@torch.inference_mode()
def decode(tokens):
    shape = (batch, config.n_head, config.context_length, config.n_embd // config.n_head)
    cache = [(torch.zeros(shape), torch.zeros(shape)) for _ in range(config.n_layer)]
    advance(cache, torch.arange(PROMPT).repeat(batch, 1), 0)
    start = time.perf_counter()
    for i in range(tokens):
        advance(cache, torch.full((batch, 1), i % config.vocab_size), PROMPT + i)
    milliseconds = 1000 * (time.perf_counter() - start) / tokens
    return {
        "milliseconds": round(milliseconds, 3),
        "tokensPerSecond": round(1000 * batch / milliseconds),
    }


decode(2)
for _ in ["once"] if sys.stdin is None or sys.stdin.isatty() else sys.stdin:
    print(json.dumps(decode(count)), flush=True)
