"""Writes a random GPT-2 small as Hugging Face's transformers does, in shards: transformers_random.py FOLDER."""

import sys

import torch
from transformers import GPT2Config, GPT2LMHeadModel

torch.manual_seed(7)
model = GPT2LMHeadModel(GPT2Config()).eval()
model.save_pretrained(sys.argv[1], max_shard_size="100MB")
