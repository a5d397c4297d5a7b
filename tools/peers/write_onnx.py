"""Writes the random model of gpt.py or llama.py as transformers.js reads it: a folder with config.json and
an ONNX graph of ONNX Runtime's own operators, as the published models have them since 2025.

    write_onnx.py A|C|S f32|f16|int8|q4 FOLDER

int8 is dynamic quantisation, with one scale for a matrix; q4 has a scale for every 32 weights of a row,
and products of bytes (accuracy level 4), the fastest that there is.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from decode_configs import CONFIGS, random_model
from llama import LlamaConfig
from onnx import TensorProto, helper, numpy_helper

SUFFIXES = {"f32": "", "f16": "_fp16", "int8": "_quantized", "q4": "_q4"}
MICROSOFT = "com.microsoft"
EPS = 1e-5
GROUP = 32

config, weights, folder = CONFIGS[sys.argv[1]], sys.argv[2], Path(sys.argv[3])
is_llama = isinstance(config, LlamaConfig)
head_dim = config.head_dim if is_llama else config.n_embd // config.n_head
n_kv_head = config.n_kv_head if is_llama else config.n_head
float_type, numpy_float = (
    (TensorProto.FLOAT16, np.float16) if weights == "f16" else (TensorProto.FLOAT, np.float32)
)
model = random_model(config)
nodes, constants = [], []


def constant(array):
    name = f"constant{len(constants)}"
    constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
    return name


def parameter(tensor):
    return constant(tensor.detach().numpy().astype(numpy_float))


def op(kind, inputs, outputs=1, domain="", **attributes):
    """Adds a node; the names of its outputs, or the name where there is one."""
    names = [f"{kind}{len(nodes)}_{i}" for i in range(outputs)] if isinstance(outputs, int) else outputs
    nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
    return names[0] if len(names) == 1 else names


def linear(x, module):
    weight = module.weight.detach().numpy()  # [N, K]
    bias = getattr(module, "bias", None)
    if weights == "int8":
        scale = np.abs(weight).max() / 127
        quantized = constant(np.round(weight.T / scale).astype(np.int8))
        inputs = [x, quantized, constant(np.array(scale, np.float32)), constant(np.array(0, np.int8))]
        y = op("DynamicQuantizeMatMul", inputs, domain=MICROSOFT)
    elif weights == "q4":
        y = op("MatMulNBits", [x, *nibbles(weight)], domain=MICROSOFT, **sizes_of(weight))
    else:
        y = op("MatMul", [x, constant(weight.T.astype(numpy_float))])
    return y if bias is None else op("Add", [y, parameter(bias)])


def sizes_of(weight):
    return {"K": weight.shape[1], "N": weight.shape[0], "bits": 4, "block_size": GROUP, "accuracy_level": 4}


def nibbles(weight):
    groups = weight.reshape(weight.shape[0], -1, GROUP)
    scales = np.abs(groups).max(-1, keepdims=True) / 7
    values = (np.round(groups / scales) + 8).astype(np.uint8)
    packed = values[:, :, 0::2] | values[:, :, 1::2] << 4
    return constant(packed), constant(scales.reshape(-1).astype(np.float32))


def norm(x, module, added=None):
    """The norm of x, or of x and what is added to it; and their sum."""
    gains = [parameter(module.weight)] + ([] if is_llama else [parameter(module.bias)])
    kind = "SimplifiedLayerNormalization" if is_llama else "LayerNormalization"
    if added is None:
        return op(kind, [x, *gains], axis=-1, epsilon=EPS), x
    outputs = [f"{part}{len(nodes)}" for part in ("norm", "sum")]
    outputs = [outputs[0], "", "", outputs[1]]
    op(f"Skip{kind}", [x, added, *gains], outputs, MICROSOFT, epsilon=EPS)
    return outputs[0], outputs[3]


def length_of(name, axis):
    return op("Shape", [name], start=axis, end=axis + 1)


def mlp(block, x):
    if not is_llama:
        return linear(op("FastGelu", [linear(x, block.up)], domain=MICROSOFT), block.down)
    gate, value = (linear(x, Rows(part)) for part in block.up.weight.chunk(2))
    gated = op("Mul", [gate, op("Sigmoid", [gate])])
    return linear(op("Mul", [gated, value]), block.down)


class Rows:
    def __init__(self, weight):
        self.weight = weight


seen = length_of("attention_mask", 1)
total = op("Cast", [op("Squeeze", [seen])], to=TensorProto.INT32)
count = op("ReduceSum", ["attention_mask", constant(np.array([1]))], keepdims=0)
last = op("Cast", [op("Sub", [count, constant(np.array([1]))])], to=TensorProto.INT32)
rotary = {"do_rotary": 1} if is_llama else {}
angles = [parameter(table) for table in (model.cos, model.sin)] if is_llama else []

x = op("Gather", [parameter(model.tokens.weight), "input_ids"], axis=0)
if not is_llama:
    first = op("Sub", [seen, length_of("input_ids", 1)])
    bounds = [first, seen, constant(np.array([0]))]
    x = op("Add", [x, op("Slice", [parameter(model.positions.weight), *bounds])])
added = None
for i, block in enumerate(model.blocks):
    normed, x = norm(x, block.norm1, added)
    past = [f"past_key_values.{i}.{part}" for part in ("key", "value")]
    present = [f"present.{i}.{part}" for part in ("key", "value")]
    read, *_ = op(
        "GroupQueryAttention",
        [linear(normed, block.qkv), "", "", *past, last, total, *angles],
        [f"read{i}", *present],
        MICROSOFT,
        num_heads=config.n_head,
        kv_num_heads=n_kv_head,
        **rotary,
    )
    normed, x = norm(x, block.norm2, linear(read, block.proj))
    added = mlp(block, normed)
normed, _ = norm(x, model.norm, added)
end = op("Gather", [normed, constant(np.array([-1]))], axis=1)
logits = linear(end, Rows(model.tokens.weight))
op("Cast", [logits], ["logits"], to=TensorProto.FLOAT)


def value(name, kind, *shape):
    return helper.make_tensor_value_info(name, kind, shape)


def cache(prefix, length):
    return [
        value(f"{prefix}.{i}.{part}", float_type, "batch_size", n_kv_head, length, head_dim)
        for i in range(config.n_layer)
        for part in ("key", "value")
    ]


graph = helper.make_graph(
    nodes,
    "model",
    [
        value("input_ids", TensorProto.INT64, "batch_size", "sequence_length"),
        value("attention_mask", TensorProto.INT64, "batch_size", "total_sequence_length"),
        *cache("past_key_values", "past_sequence_length"),
    ],
    [
        value("logits", TensorProto.FLOAT, "batch_size", 1, config.vocab_size),
        *cache("present", "total_sequence_length"),
    ],
    constants,
)
opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
(folder / "onnx").mkdir(parents=True, exist_ok=True)
onnx.save(
    helper.make_model(graph, opset_imports=opsets, ir_version=8),
    folder / "onnx" / f"model{SUFFIXES[weights]}.onnx",
)
sizes = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": config.vocab_size,
    "hidden_size": config.n_embd,
    "num_hidden_layers": config.n_layer,
    "num_attention_heads": config.n_head,
    "num_key_value_heads": n_kv_head,
    "head_dim": head_dim,
}
(folder / "config.json").write_text(json.dumps(sizes))
