"""Times beam search as tools/bench/beams.mjs does: prompts of 32 tokens, four beams, 64 new tokens.

    beams.py transformers|ctranslate2 [weights: f32|int8]

Measures once, or once for every line on standard input; prints a line of JSON each time.
"""

import sys
import time

import torch

from decode_configs import CONFIGS, PROMPT
from turns import for_turns, versions_of

BATCH, BEAMS, TOKENS = 8, 4, 64

torch.manual_seed(0)
config = CONFIGS["T"]
peer, weights = (sys.argv[1:] + ["f32"])[:2]
prompts = [[(31 * i + row) % config.vocab_size for i in range(PROMPT)] for row in range(BATCH)]


def transformers_search():
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = {"n_layer": config.n_layer, "n_head": config.n_head, "n_embd": config.n_embd}
    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=config.vocab_size,
            n_positions=config.context_length,
            bos_token_id=None,
            eos_token_id=None,
            **sizes,
        )
    ).eval()
    ids = torch.tensor(prompts)
    mask = torch.ones_like(ids)

    def search(tokens):
        with torch.inference_mode():
            output = model.generate(
                ids,
                attention_mask=mask,
                num_beams=BEAMS,
                do_sample=False,
                min_new_tokens=tokens,
                max_new_tokens=tokens,
                eos_token_id=None,
                pad_token_id=0,
            )
        assert output.shape == (BATCH, PROMPT + tokens)

    return search


def ctranslate2_search():
    from ctranslate2_model import open_generator

    generator = open_generator(config, weights)
    words = [[f"t{token}" for token in prompt] for prompt in prompts]

    def search(tokens):
        results = generator.generate_batch(
            words,
            beam_size=BEAMS,
            max_length=tokens,
            min_length=tokens,
            sampling_topk=1,
            include_prompt_in_result=False,
            end_token=[],
        )
        assert all(len(result.sequences_ids[0]) == tokens for result in results)

    return search


search = {"transformers": transformers_search, "ctranslate2": ctranslate2_search}[peer]()


def measure():
    start = time.perf_counter()
    search(TOKENS)
    milliseconds = 1000 * (time.perf_counter() - start)
    speed = round(1000 * BATCH * TOKENS / milliseconds)
    return {"milliseconds": round(milliseconds, 1), "tokensPerSecond": speed}


search(2)
for_turns(measure, versions_of(*{"transformers": ["transformers", "torch"], "ctranslate2": ["ctranslate2"]}[peer]))
