"""Times training steps of LoRA adapters by PEFT: tune.py MODEL TOKENS RANK STEPS.

Prints JSON: the median seconds of a step after the first, and the peak memory in megabytes."""
import json, resource, statistics, sys, time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

path, (tokens, rank, steps) = sys.argv[1], map(int, sys.argv[2:])
model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
model = get_peft_model(
    model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
)
model.train()
trained = [each for each in model.parameters() if each.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=1e-4)
ids = torch.tensor([[7 * i % 40000 for i in range(tokens)]])
seconds = []
for _ in range(steps):
    start = time.perf_counter()
    model(input_ids=ids, labels=ids).loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    optimizer.zero_grad()
    seconds.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(json.dumps({"seconds": statistics.median(seconds[1:]), "megabytes": peak}))
