"""Compares the logits of transformers with ramble's, for many folders in one process.

Reads, as JSON on standard input, a list of folders with `tokens` and `logits`, the path of 32-bit floats. Prints, as
JSON, for each folder the largest difference over the largest logit, or the error with which it does not load.
"""

import json
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)


def compare(folder, tokens, logits):
    model, loading = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    odd = {kind: sorted(names) for kind, names in loading.items() if names}
    assert not odd, f"tensors without a place: {odd}"
    with torch.no_grad():
        expected = model.eval()(torch.tensor([tokens])).logits[0]
    got = torch.frombuffer(bytearray(open(logits, "rb").read()), dtype=torch.float32)
    error = (expected - got.view_as(expected)).abs().max() / expected.abs().max()
    return {"difference": error.item()}


found = []
for case in json.load(sys.stdin):
    try:
        found.append(compare(**case))
    except Exception as error:
        found.append({"error": f"{type(error).__name__}: {str(error)[:300]}"})
print(json.dumps(found))
