"""Trains the model that tools/studies/pytorch-loss.mjs left in a folder on its batches.

    train_music.py FOLDER

Prints a line of JSON: the loss of every batch before its update, and at the end that of what was held
out, in nats an event.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

from gpt import Config, Gpt, adamw, update

OURS = {  # in torch's names
    "tokenEmbedding": "tokens",
    "positionEmbedding": "positions",
    "finalNorm": "norm",
    "attention.": "",
    "mlp.": "",
    "gain": "weight",
    "distances.weight": "distances",
}


def torch_name(name: str) -> str:
    for ours, theirs in OURS.items():
        name = name.replace(ours, theirs)
    return name


def load(model: Gpt, specs: list, values: np.ndarray) -> None:
    """Our linear layers are `[in, out]`, a table of distances `[H * M, D]`."""
    parameters = dict(model.named_parameters())
    at = 0
    with torch.no_grad():
        for spec in specs:
            size = int(np.prod(spec["shape"]))
            array = torch.from_numpy(values[at : at + size].reshape(spec["shape"]).copy())
            at += size
            parameter = parameters.pop(torch_name(spec["name"]))
            is_linear = array.dim() == 2 and "Embedding" not in spec["name"] and parameter.dim() == 2
            parameter.copy_(array.T if is_linear else array.reshape(parameter.shape))
    assert at == len(values) and not parameters, "parameters: expected the same on both sides"


folder = Path(sys.argv[1])
setup = json.loads((folder / "setup.json").read_text())
shape, batch_size = setup["shape"], setup["batchSize"]
length = shape["contextLength"]
model = Gpt(Config(shape["vocabSize"], length, shape["nLayer"], shape["nHead"], shape["nEmbd"], setup["relative"]))
load(model, setup["specs"], np.fromfile(folder / "parameters", np.float32))
optimizer = adamw(model, learning_rate=0.0, beta2=setup["beta2"], weight_decay=setup["weightDecay"])
batches = np.fromfile(folder / "batches", np.int32).reshape(-1, 2, batch_size, length)
batches = torch.from_numpy(batches.astype(np.int64))

losses = []
for (tokens, targets), learning_rate in zip(batches, setup["learningRates"]):
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    losses.append(update(model, optimizer, tokens, targets, setup["gradClip"]))

held_out = torch.from_numpy(np.fromfile(folder / "held-out", np.int32).astype(np.int64))
with torch.no_grad():
    held_out_loss = model.loss(held_out[:-1].view(-1, length), held_out[1:].view(-1, length)).item()
print(json.dumps({"losses": losses, "heldOutLoss": held_out_loss}))
