"""Writes the random model of gpt.py as a file of llama.cpp's.

    write_gguf.py A|C f32|f16|int8 FILE

int8 is Q8_0: a 16-bit scale for every 32 weights of a row. The vocabulary is of words that mean nothing.
"""

import sys

import gguf
import torch
from decode_configs import CONFIGS
from gguf import GGMLQuantizationType as Kind
from gpt import Gpt

KINDS = {"f32": Kind.F32, "f16": Kind.F16, "int8": Kind.Q8_0}

torch.manual_seed(0)
config, kind, file = CONFIGS[sys.argv[1]], KINDS[sys.argv[2]], sys.argv[3]
model = Gpt(config)
writer = gguf.GGUFWriter(file, "gpt2")
writer.add_context_length(config.context_length)
writer.add_embedding_length(config.n_embd)
writer.add_feed_forward_length(4 * config.n_embd)
writer.add_block_count(config.n_layer)
writer.add_head_count(config.n_head)
writer.add_layer_norm_eps(1e-5)
writer.add_tokenizer_model("gpt2")
writer.add_tokenizer_pre("gpt-2")
writer.add_token_list([f"t{i}" for i in range(config.vocab_size)])
writer.add_token_types([1] * config.vocab_size)
writer.add_token_merges(["t 0"])
for add in (writer.add_bos_token_id, writer.add_eos_token_id, writer.add_unk_token_id):
    add(0)


def add(name, tensor, kind=Kind.F32):
    numbers = tensor.detach().numpy()
    writer.add_tensor(name, gguf.quants.quantize(numbers, kind), raw_dtype=kind)


def add_module(name, module, kind=Kind.F32):
    add(f"{name}.weight", module.weight, kind)
    add(f"{name}.bias", module.bias)


add("token_embd.weight", model.tokens.weight, kind)
add("position_embd.weight", model.positions.weight)
add_module("output_norm", model.norm)
for i, block in enumerate(model.blocks):
    add_module(f"blk.{i}.attn_norm", block.norm1)
    add_module(f"blk.{i}.attn_qkv", block.qkv, kind)
    add_module(f"blk.{i}.attn_output", block.proj, kind)
    add_module(f"blk.{i}.ffn_norm", block.norm2)
    add_module(f"blk.{i}.ffn_up", block.up, kind)
    add_module(f"blk.{i}.ffn_down", block.down, kind)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
