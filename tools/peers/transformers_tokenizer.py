"""Adds tokens to a folder's tokenizer and saves it as Hugging Face's transformers does, with its ids of a text.

  transformers_tokenizer.py FOLDER OUT TEXT

Prints `{ special, plain }` as JSON: the ids with names of special tokens read as such, and as text.
"""

import json
import shutil
import sys

from transformers import AddedToken, AutoTokenizer

folder, out, text = sys.argv[1:]
shutil.copytree(folder, out)
tokenizer = AutoTokenizer.from_pretrained(folder)
if tokenizer.__class__.__name__ == "GPT2Tokenizer":
    tokenizer.add_tokens(["whales", AddedToken("times", single_word=True), AddedToken("—", lstrip=True)])
tokenizer.save_pretrained(out)
special = tokenizer(text).input_ids
plain = tokenizer(text, split_special_tokens=True).input_ids
print(json.dumps({"special": special, "plain": plain, "vocabSize": len(tokenizer)}))
