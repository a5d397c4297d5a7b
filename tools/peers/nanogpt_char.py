"""nanoGPT's CPU recipe on the characters of a text: 2,000 steps of a 4 x 128 GPT.

    nanogpt_char.py FILE [--seed N] [--steps N]

Random crops from the first 90 % of the characters; the last 10 % validate, in windows of 64 side by
side, every token but the first counted once. Prints JSON with the validation loss in nats.
"""

import argparse
import json
import math
import sys

import torch

from gpt import Config, Gpt, adamw, update

LENGTH, BATCH = 64, 12
PEAK, FLOOR, WARMUP = 1e-3, 1e-4, 100

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("file")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--steps", type=int, default=2000)
arguments = parser.parse_args()

torch.set_num_threads(2)
torch.manual_seed(arguments.seed)
with open(arguments.file, encoding="utf-8", newline="") as file:
    text = file.read()
characters = sorted(set(text))
index = {character: i for i, character in enumerate(characters)}
ids = torch.tensor([index[character] for character in text])
split = math.floor(0.9 * len(ids))
training, validation = ids[:split], ids[split:]


def learning_rate(step: int) -> float:
    if step < WARMUP:
        return PEAK * (step + 1) / WARMUP
    progress = (step - WARMUP) / (arguments.steps - WARMUP)
    return FLOOR + 0.5 * (1 + math.cos(math.pi * progress)) * (PEAK - FLOOR)


@torch.no_grad()
def validation_loss(model: Gpt) -> float:
    total, count = 0.0, len(validation) - 1
    whole = count // LENGTH * LENGTH
    inputs, targets = validation[:-1], validation[1:]
    batches = list(zip(inputs[:whole].view(-1, LENGTH).split(256), targets[:whole].view(-1, LENGTH).split(256)))
    if whole < count:
        batches.append((inputs[whole:][None], targets[whole:][None]))
    for tokens, wanted in batches:
        total += model.loss(tokens, wanted, reduction="sum").item()
    return total / count


model = Gpt(Config(len(characters), LENGTH, n_layer=4, n_head=4, n_embd=128))
optimizer = adamw(model, PEAK, beta2=0.99, weight_decay=0.1)
for step in range(arguments.steps):
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step)
    starts = torch.randint(len(training) - LENGTH, (BATCH,))
    crops = torch.stack([training[start : start + LENGTH + 1] for start in starts])
    loss = update(model, optimizer, crops[:, :-1], crops[:, 1:], clip_norm=1.0)
    if step % 250 == 0:
        print(f"step {step}: loss {loss:.4f}", file=sys.stderr)
report = {"seed": arguments.seed, "characters": len(ids), "vocabSize": len(characters)}
print(json.dumps({**report, "validationLoss": round(validation_loss(model), 4)}))
