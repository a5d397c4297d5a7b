"""Compares the logits of transformers with ramble's, for many folders in one process.

Reads, as JSON on standard input, a list of folders with `tokens` and `logits`, the path of 32-bit floats, and optionally
`adapter`, a folder that PEFT loads over the model. Prints, as JSON, for each folder the largest difference over the largest logit, or the error with which it does not load.
"""

import json
import sys
import warnings

import torch
import transformers
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)
warnings.filterwarnings("error", "Found missing adapter keys")


def compare(folder, tokens, logits, adapter=None):
    model, loading = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    odd = {kind: sorted(names) for kind, names in loading.items() if names}
    assert not odd, f"tensors without a place: {odd}"
    if adapter:
        names = load_file(f"{adapter}/adapter_model.safetensors").keys()
        model = PeftModel.from_pretrained(model, adapter)
        loaded = get_peft_model_state_dict(model).keys()
        assert loaded == names, f"tensors of the adapter without a place: {names - loaded}"
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
