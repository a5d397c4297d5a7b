"""Bits per character that compressors need for a text after another: of both, less those of the first.

    compress.py TRAIN TEST

Prints JSON, with xz at its strongest and PPMd (variant H) of order 6. Both adapt to TEST as they read it.
"""

import json
import lzma
import sys

import pyppmd

MEMORY = 256 << 20

train, test = (open(name, encoding="utf-8", newline="").read() for name in sys.argv[1:3])
compressors = {
    "xz": lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
    "ppmd": lambda data: pyppmd.compress(data, max_order=6, mem_size=MEMORY, variant="H"),
}
report = {}
for name, compress in compressors.items():
    size = len(compress((train + test).encode())) - len(compress(train.encode()))
    report[name] = round(8 * size / len(test), 4)
print(json.dumps({**report, "pyppmd": pyppmd.__version__}))
