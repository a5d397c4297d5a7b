"""Events that the reference's sampler of the Anticipatory Music Transformer chooses with a small random model.

    python anticipation_peers.py FOLDER 110 > sampled.jsonl

FOLDER is a clone of https://github.com/jthickstun/anticipation, and 110 the seconds at which a piece ends. The weights
follow from a hash, so that the spec in apps/ramble builds the same model. The nucleus is so small that only the
likeliest token is left.
"""

import json
import sys

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel

sys.path.insert(0, sys.argv[1])
from anticipation import sample  # noqa: E402
from anticipation.config import MAX_TIME  # noqa: E402
from anticipation.vocab import ADUR_OFFSET, ANOTE_OFFSET, ATIME_OFFSET, VOCAB_SIZE  # noqa: E402
from anticipation.vocab import DUR_OFFSET, NOTE_OFFSET, REST  # noqa: E402

WIDTH = 32


def hashed(shape, seed, scale):
    """Numbers between -scale and scale, by a hash of their indices."""
    x = np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(seed * 1_000_003)
    mask = np.uint64(0xFFFFFFFF)
    for factor in (0x85EBCA6B, 0xC2B2AE35):
        x = ((x ^ (x >> np.uint64(16))) * np.uint64(factor)) & mask
    x = x ^ (x >> np.uint64(16))
    return torch.tensor(((x / 2**31 - 1) * scale).astype(np.float32)).reshape(shape)


def random_model():
    config = GPT2Config(vocab_size=VOCAB_SIZE, n_positions=1024, n_embd=WIDTH, n_layer=2, n_head=2)
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for seed, (name, tensor) in enumerate(sorted(model.named_parameters())):
            is_weight = tensor.dim() == 2
            tensor.copy_(hashed(tensor.shape, seed, 0.5) if is_weight else torch.zeros(tensor.shape))
            if "ln_" in name and name.endswith("weight"):
                tensor.fill_(1)
        # Earlier times are likelier, so that the notes follow each other in some hundredths of a second.
        first = model.transformer.wte.weight[:, 0]
        first.zero_()
        first[:MAX_TIME] = -torch.arange(MAX_TIME) / MAX_TIME
        first[REST] = -1  # which the reference allows as a time and as a duration
        first[NOTE_OFFSET + 56 * 128 : NOTE_OFFSET + 57 * 128] = -1  # an instrument that is only given
        model.transformer.ln_f.weight[0] = 0
        model.transformer.ln_f.bias[0] = 150
    return model


class LastLogits:
    """A model that computes only the logits after the last token, which are all that the sampler reads."""

    def __init__(self, model):
        self.model = model
        self.device = model.device

    def __call__(self, tokens):
        return self.model(tokens, logits_to_keep=1)


def triples(tokens):
    return [tokens[i : i + 3] for i in range(0, len(tokens), 3)]


def main():
    torch.set_num_threads(1)
    model = LastLogits(random_model())
    prompt = [5, DUR_OFFSET + 40, NOTE_OFFSET + 60, 130, DUR_OFFSET + 80, NOTE_OFFSET + 33 * 128 + 40]
    controls = []
    for i in range(40):
        note = ANOTE_OFFSET + 56 * 128 + 50 + i % 24
        controls += [ATIME_OFFSET + 60 + 300 * i, ADUR_OFFSET + 90, note]
    cases = (("continuation", 3, {"inputs": prompt}), ("accompaniment", 0, {"controls": controls}))
    for name, start, given in cases:
        events = sample.generate(model, start, int(sys.argv[2]), top_p=1e-9, **given)
        print(json.dumps({"name": name, "events": triples(events)}))


main()
