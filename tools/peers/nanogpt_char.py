"""nanoGPT's CPU recipe on the characters of a text: 2,000 steps of a 4 x 128 GPT.

    nanogpt_char.py FILE [--valid FILE] [--seed N] [--steps N]
        [--minutes N] [--stride N]

Random crops from the first 90 % of the characters; the last 10 % validate, in windows of 64 side by
side, every token but the first counted once. With --valid, all characters train and those of the
other file validate; characters that only it has count in the vocabulary. --minutes takes the place
of --steps: the learning rate falls with the time that has passed. --stride 32 moves the windows by
32 and counts the tokens that the one before did not. Prints JSON with the validation loss in nats.
"""

import argparse
import json
import math
import sys
import time

import torch

from gpt import Config, Gpt, adamw, update

LENGTH, BATCH = 64, 12
PEAK, FLOOR, WARMUP = 1e-3, 1e-4, 100

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("file")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--steps", type=int, default=2000)
parser.add_argument("--valid")
parser.add_argument("--minutes", type=float)
parser.add_argument("--stride", type=int, default=LENGTH)
arguments = parser.parse_args()

torch.set_num_threads(2)
torch.manual_seed(arguments.seed)
start = time.monotonic()


def read(name: str) -> str:
    with open(name, encoding="utf-8", newline="") as file:
        return file.read()


text = read(arguments.file)
split = len(text) if arguments.valid else math.floor(0.9 * len(text))
if arguments.valid:
    text += read(arguments.valid)
characters = sorted(set(text))
index = {character: i for i, character in enumerate(characters)}
ids = torch.tensor([index[character] for character in text])
training, validation = ids[:split], ids[split:]


def progress_of(step: int) -> float:
    """The share of the training that is over."""
    if arguments.minutes is None:
        return step / arguments.steps
    return (time.monotonic() - start) / (60 * arguments.minutes)


def learning_rate(step: int, progress: float) -> float:
    if step < WARMUP:
        return PEAK * (step + 1) / WARMUP
    if arguments.minutes is None:
        progress = (step - WARMUP) / (arguments.steps - WARMUP)
    return FLOOR + 0.5 * (1 + math.cos(math.pi * progress)) * (PEAK - FLOOR)


@torch.no_grad()
def validation_loss(model: Gpt) -> float:
    total, count, stride = 0.0, len(validation) - 1, arguments.stride
    inputs, targets = validation[:-1], validation[1:]
    # The first window counts as a whole; each of the others its last `stride` tokens.
    total += model.loss(inputs[:LENGTH][None], targets[:LENGTH][None], reduction="sum").item()
    starts = list(range(stride, count - LENGTH + 1, stride))
    for at in range(0, len(starts), 256):
        windows = [(inputs[start : start + LENGTH], targets[start : start + LENGTH]) for start in starts[at : at + 256]]
        tokens, wanted = (torch.stack(each) for each in zip(*windows))
        wanted = wanted.clone()
        wanted[:, : LENGTH - stride] = -100
        total += model.loss(tokens, wanted, reduction="sum").item()
    rest = count - (starts[-1] if starts else 0) - LENGTH
    if rest > 0:
        wanted = targets[-LENGTH:].clone()
        wanted[: LENGTH - rest] = -100
        total += model.loss(inputs[-LENGTH:][None], wanted[None], reduction="sum").item()
    return total / count


model = Gpt(Config(len(characters), LENGTH, n_layer=4, n_head=4, n_embd=128))
optimizer = adamw(model, PEAK, beta2=0.99, weight_decay=0.1)
step = 0
while (progress := progress_of(step)) < 1:
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step, progress)
    starts = torch.randint(len(training) - LENGTH, (BATCH,))
    crops = torch.stack([training[start : start + LENGTH + 1] for start in starts])
    loss = update(model, optimizer, crops[:, :-1], crops[:, 1:], clip_norm=1.0)
    if step % 250 == 0:
        print(f"step {step}: loss {loss:.4f}", file=sys.stderr)
    step += 1
report = {"seed": arguments.seed, "steps": step, "characters": len(ids), "vocabSize": len(characters)}
print(json.dumps({**report, "validationLoss": round(validation_loss(model), 4)}))
