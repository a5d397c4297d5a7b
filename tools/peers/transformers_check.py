"""Asks Hugging Face's transformers whether folders hold the model that ramble has.

Reads, as JSON on standard input, a prompt, an output, and for each folder what ramble says of them:
`score`, the log-probability of every token of the output, and `sample`, tokens that follow greedily. A
folder without a tokenizer names one that has it as its `tokenizer`.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TOLERANCE = 1e-5
asked = json.load(sys.stdin)
for case in asked["cases"]:
    folder, score, sample = case["folder"], case["score"], case["sample"]
    tokenizer = AutoTokenizer.from_pretrained(case.get("tokenizer", folder))
    model, loading = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    odd = {kind: names for kind, names in loading.items() if names}
    assert not odd, f"{folder}: expected every tensor to find its place, got {odd}"

    prompt, output = tokenizer(asked["prompt"]).input_ids, tokenizer(asked["output"]).input_ids
    ours = [token["token"] for token in score["tokens"]]
    assert output == ours, f"{folder}: expected tokens {output}, got {ours}"
    with torch.no_grad():
        logits = model(torch.tensor([prompt + output])).logits[0]
        greedy = model.generate(
            torch.tensor([prompt]), max_new_tokens=len(sample["tokens"]), do_sample=False
        )
    expected = torch.log_softmax(logits[len(prompt) - 1 : -1], -1)
    expected = expected[range(len(output)), output]
    got = torch.tensor([token["logProbability"] for token in score["tokens"]])
    error = (expected - got).abs().max().item()
    assert error <= TOLERANCE, f"{folder}: expected log-probabilities within {TOLERANCE}, got {error}"
    follows = greedy[0, len(prompt) :].tolist()
    assert follows == sample["tokens"], f"{folder}: expected {follows}, got {sample['tokens']}"
    name = folder.rsplit("/", 1)[-1]
    print(f"transformers: {name}: {len(follows)} tokens, log-probabilities within {error:.1e}")
