"""Times CTranslate2 as decode.py times PyTorch: tokens behind a prompt, greedily, on two threads.

    decode_ctranslate2.py A|C [batch size] [weights: f32|int8] [tokens]

The model is the random one of gpt.py, written in CTranslate2's own format. Time per token is that of
all tokens less that of the first, which reads the prompt.
"""

import json
import sys
import tempfile
import time

import ctranslate2
import torch
from ctranslate2.specs import common_spec, transformer_spec

from decode_configs import PROMPT, read_arguments
from gpt import Gpt

torch.manual_seed(0)
config, batch, weights, count = read_arguments()
KINDS = {"f32": "float32", "int8": "int8"}


def set_weights(spec, module):
    spec.weight = module.weight.detach().numpy()
    if getattr(module, "bias", None) is not None:
        spec.bias = module.bias.detach().numpy()


def set_norm(spec, module):
    spec.gamma, spec.beta = module.weight.detach().numpy(), module.bias.detach().numpy()


def convert(model, folder):
    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        config.n_layer, config.n_head, pre_norm=True, activation=common_spec.Activation.GELUTanh
    )
    decoder = spec.decoder
    decoder.scale_embeddings = False
    set_weights(decoder.embeddings, model.tokens)
    decoder.position_encodings.encodings = model.positions.weight.detach().numpy()
    set_norm(decoder.layer_norm, model.norm)
    decoder.projection.weight = model.tokens.weight.detach().numpy()
    for layer, block in zip(decoder.layer, model.blocks):
        set_norm(layer.self_attention.layer_norm, block.norm1)
        set_weights(layer.self_attention.linear[0], block.qkv)
        set_weights(layer.self_attention.linear[1], block.proj)
        set_norm(layer.ffn.layer_norm, block.norm2)
        set_weights(layer.ffn.linear_0, block.up)
        set_weights(layer.ffn.linear_1, block.down)
    spec.register_vocabulary([f"t{i}" for i in range(config.vocab_size)])
    spec.config.bos_token = spec.config.eos_token = spec.config.unk_token = "t0"
    spec.validate()
    spec.optimize(quantization=KINDS[weights])
    spec.save(folder)


def seconds(generator, tokens):
    prompt = [f"t{i}" for i in range(PROMPT)]
    start = time.perf_counter()
    results = generator.generate_batch(
        [prompt] * batch,
        max_length=tokens,
        min_length=tokens,
        sampling_topk=1,
        include_prompt_in_result=False,
        end_token=[],
    )
    assert all(len(result.sequences_ids[0]) == tokens for result in results)
    return time.perf_counter() - start


def decode(generator):
    first = seconds(generator, 1)
    milliseconds = 1000 * (seconds(generator, 1 + count) - first) / count
    return {
        "milliseconds": round(milliseconds, 3),
        "tokensPerSecond": round(1000 * batch / milliseconds),
    }


with tempfile.TemporaryDirectory() as folder:
    convert(Gpt(config), folder)
    generator = ctranslate2.Generator(
        folder, device="cpu", compute_type=KINDS[weights], inter_threads=1, intra_threads=2
    )
seconds(generator, 2)
for _ in ["once"] if sys.stdin is None or sys.stdin.isatty() else sys.stdin:
    print(json.dumps(decode(generator)), flush=True)
