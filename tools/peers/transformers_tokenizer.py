"""Adds tokens to tokenizers and saves them as Hugging Face's transformers does, with their ids of a text.

  transformers_tokenizer.py < CASES

CASES is JSON, `[{ folder, out, text }, …]`. Prints `[{ special, plain, vocabSize }, …]` as JSON: the ids with names of
special tokens read as such, and as text.
"""

import json
import shutil
import sys

from transformers import AddedToken, AutoTokenizer


def save(folder, out, text):
    shutil.copytree(folder, out)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if tokenizer.__class__.__name__ == "GPT2Tokenizer":
        tokenizer.add_tokens(["whales", AddedToken("times", single_word=True), AddedToken("—", lstrip=True)])
    tokenizer.save_pretrained(out)
    special = tokenizer(text).input_ids
    plain = tokenizer(text, split_special_tokens=True).input_ids
    return {"special": special, "plain": plain, "vocabSize": len(tokenizer)}


print(json.dumps([save(**case) for case in json.load(sys.stdin)]))
