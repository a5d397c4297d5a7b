"""The random model of gpt.py in CTranslate2's own format."""

import os
import tempfile

import ctranslate2
from ctranslate2.specs import common_spec, transformer_spec

from gpt import Gpt

KINDS = {"f32": "float32", "int8": "int8"}


def open_generator(config, weights):
    """A generator with weights in f32 or int8, on as many threads as OpenMP is given."""
    with tempfile.TemporaryDirectory() as folder:
        convert(Gpt(config), config, weights, folder)
        threads = int(os.environ.get("OMP_NUM_THREADS", 2))
        return ctranslate2.Generator(
            folder,
            device="cpu",
            compute_type=KINDS[weights],
            inter_threads=1,
            intra_threads=threads,
        )


def convert(model, config, weights, folder):
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


def set_weights(spec, module):
    spec.weight = module.weight.detach().numpy()
    if getattr(module, "bias", None) is not None:
        spec.bias = module.bias.detach().numpy()


def set_norm(spec, module):
    spec.gamma, spec.beta = module.weight.detach().numpy(), module.bias.detach().numpy()
