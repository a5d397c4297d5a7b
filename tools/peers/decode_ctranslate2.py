"""Times CTranslate2 as decode.py times PyTorch: tokens behind a prompt, greedily.

    decode_ctranslate2.py A|C [batch size] [weights: f32|int8] [tokens]

The model is the random one of gpt.py, written in CTranslate2's own format. Time per token is that of
all tokens less that of the first, which reads the prompt.
"""

import time

import torch

from ctranslate2_model import open_generator
from decode_configs import PROMPT, read_arguments
from turns import for_turns, versions_of

torch.manual_seed(0)
config, batch, weights, count = read_arguments()

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


generator = open_generator(config, weights)
seconds(generator, 2)
for_turns(lambda: decode(generator), versions_of("ctranslate2"))
