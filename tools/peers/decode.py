"""Times decoding one token at a time through a preallocated cache.

    decode.py A|C [batch size] [weights: f32|f16|int8] [tokens]

16 bits are bfloat16, which PyTorch is faster in on a CPU than in float16; int8 is its dynamic quantisation.
Measures once, or once for every line on standard input; prints a line of JSON each time.
"""

import time

import torch
from torch.nn import functional as F

from decode_configs import PROMPT, read_arguments
from gpt import Gpt
from turns import for_turns

torch.manual_seed(0)
config, batch, weights, count = read_arguments()
model = Gpt(config)
head = torch.nn.Linear(config.n_embd, config.vocab_size, bias=False)
head.weight = model.tokens.weight
if weights == "f16":
    model, head = model.bfloat16(), head.bfloat16()
if weights == "int8":
    quantize = torch.ao.quantization.quantize_dynamic
    model = quantize(model, {torch.nn.Linear}, dtype=torch.qint8)
    head = quantize(torch.nn.Sequential(head), {torch.nn.Linear}, dtype=torch.qint8)


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
    return head(model.norm(x[:, -1]))


@torch.inference_mode()
def decode(tokens):
    shape = (batch, config.n_head, config.context_length, config.n_embd // config.n_head)
    zeros = lambda: torch.zeros(shape, dtype=model.positions.weight.dtype)
    cache = [(zeros(), zeros()) for _ in range(config.n_layer)]
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
for_turns(lambda: decode(count))
