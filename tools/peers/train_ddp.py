"""Times whole training steps of GPT-2 (model C of train_step.py) on several processes, by PyTorch's
DistributedDataParallel and gloo, or in one process.

    train_ddp.py RANKS THREADS MICRO_BATCHES STEPS

An update has so many micro-batches of all processes together. Prints a line of JSON, `{"milliseconds": [...]}`.
"""

import contextlib
import json
import os
import sys
import time

import torch
from torch import distributed, multiprocessing, nn
from torch.nn.parallel import DistributedDataParallel

from gpt import Config, Gpt, adamw

MODEL, BATCH_SIZE = Config(vocab_size=50257, context_length=64, n_layer=12, n_head=12, n_embd=768), 4
WARM_UP = 1


class Loss(nn.Module):
    """The loss as `forward`, where DistributedDataParallel looks for it."""

    def __init__(self, model: Gpt):
        super().__init__()
        self.model = model

    def forward(self, tokens, targets):
        return self.model.loss(tokens, targets)


def train(rank: int, ranks: int, threads: int, micro_batches: int, steps: int):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = Gpt(MODEL)
    optimizer = adamw(model, learning_rate=1e-3, beta2=0.95, weight_decay=0.1)
    loss_of = Loss(model)
    if ranks > 1:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29511")
        distributed.init_process_group("gloo", rank=rank, world_size=ranks)
        loss_of = DistributedDataParallel(loss_of, gradient_as_bucket_view=True)
    ids = torch.randint(MODEL.vocab_size, (BATCH_SIZE, MODEL.context_length + 1))
    own = micro_batches // ranks

    def step():
        optimizer.zero_grad(set_to_none=ranks == 1)
        for i in range(own):
            is_last = i == own - 1
            with contextlib.nullcontext() if ranks == 1 or is_last else loss_of.no_sync():
                (loss_of(ids[:, :-1], ids[:, 1:]) / own).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    milliseconds = []
    for i in range(WARM_UP + steps):
        start = time.perf_counter()
        step()
        if i >= WARM_UP:
            milliseconds.append(1000 * (time.perf_counter() - start))
    if rank == 0:
        print(json.dumps({"milliseconds": milliseconds}), flush=True)
    if ranks > 1:
        distributed.destroy_process_group()


if __name__ == "__main__":
    ranks, *others = map(int, sys.argv[1:])
    if ranks == 1:
        train(0, 1, *others)
    else:
        multiprocessing.spawn(train, (ranks, *others), nprocs=ranks)
