"""Writes the random model of gpt.py or llama.py as a file of llama.cpp's.

    write_gguf.py A|C|S f32|f16|int8|q4_0|q4_1 FILE

int8 is Q8_0: a 16-bit scale for every 32 weights of a row. The vocabulary is of words that mean nothing.
"""

import sys

import gguf
from decode_configs import CONFIGS, random_model
from gguf import GGMLQuantizationType as Kind
from llama import LlamaConfig

KINDS = {"f32": Kind.F32, "f16": Kind.F16, "int8": Kind.Q8_0, "q4_0": Kind.Q4_0, "q4_1": Kind.Q4_1}

config, kind, file = CONFIGS[sys.argv[1]], KINDS[sys.argv[2]], sys.argv[3]
is_llama = isinstance(config, LlamaConfig)
model = random_model(config)
writer = gguf.GGUFWriter(file, "llama" if is_llama else "gpt2")
writer.add_context_length(config.context_length)
writer.add_embedding_length(config.n_embd)
writer.add_feed_forward_length(config.mlp_dim if is_llama else 4 * config.n_embd)
writer.add_block_count(config.n_layer)
writer.add_head_count(config.n_head)
if is_llama:
    writer.add_head_count_kv(config.n_kv_head)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_layer_norm_rms_eps(1e-5)
else:
    writer.add_layer_norm_eps(1e-5)
writer.add_tokenizer_model("gpt2")
writer.add_tokenizer_pre("gpt-2")
writer.add_token_list([f"t{i}" for i in range(config.vocab_size)])
writer.add_token_types([1] * config.vocab_size)
writer.add_token_merges(["t 0"])
for add in (writer.add_bos_token_id, writer.add_eos_token_id, writer.add_unk_token_id):
    add(0)


def add(name, tensor, kind=Kind.F32):
    numbers = tensor.detach().contiguous().numpy()
    writer.add_tensor(name, gguf.quants.quantize(numbers, kind), raw_dtype=kind)


def add_module(name, module, kind=Kind.F32):
    add(f"{name}.weight", module.weight, kind)
    if getattr(module, "bias", None) is not None:
        add(f"{name}.bias", module.bias)


def paired(weight):
    """Rows of heads in the order of llama.cpp, where columns that rotate together are neighbours."""
    halves = weight.view(-1, 2, config.head_dim // 2, config.n_embd)
    return halves.transpose(1, 2).reshape(weight.shape)


def add_llama_block(name, block):
    heads = [count * config.head_dim for count in block.heads]
    q, k, v = block.qkv.weight.split(heads)
    gate, up = block.up.weight.chunk(2)
    parts = {"attn_q": paired(q), "attn_k": paired(k), "attn_v": v, "ffn_gate": gate, "ffn_up": up}
    for part, weight in parts.items():
        add(f"{name}.{part}.weight", weight, kind)


def add_gpt_block(name, block):
    add_module(f"{name}.attn_qkv", block.qkv, kind)
    add_module(f"{name}.ffn_up", block.up, kind)


add("token_embd.weight", model.tokens.weight, kind)
if not is_llama:
    add("position_embd.weight", model.positions.weight)
add_module("output_norm", model.norm)
for i, block in enumerate(model.blocks):
    add_module(f"blk.{i}.attn_norm", block.norm1)
    add_module(f"blk.{i}.attn_output", block.proj, kind)
    add_module(f"blk.{i}.ffn_norm", block.norm2)
    add_module(f"blk.{i}.ffn_down", block.down, kind)
    (add_llama_block if is_llama else add_gpt_block)(f"blk.{i}", block)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
