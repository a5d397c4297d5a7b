import * as tf from '@tensorflow/tfjs-core';

import { nativeEngine } from '../engine.js';
import { FUSED_KERNELS } from '../native-kernels.js';

const [B, T, H, C, O, V] = [2, 3, 2, 4, 5, 7];
const N = B * T;
const DROPOUT = { rate: 0.3, seed: 5, step: 2, stream: 4 };
const ATTENTION = { batch: B, nHead: H, visibility: 'prefix', isPadded: true, ...DROPOUT };
const RELATIVE = { ...ATTENTION, visibility: 'causal', isPadded: false };
/** Groups of two positions. The last group of each sequence has one position. */
const [GROUP, GROUPS] = [2, 2];
const COMPRESSED = { ...RELATIVE, isPadded: true, groupLength: GROUP };
const GROUPED = {
  ...{ batch: B, length: T, groupLength: GROUP },
  ...{ columns: 3 * C, firstColumn: C, width: C },
};
/** Two heads of queries that share a head of keys, with two columns each. */
const HEADS = { nHead: H, nKvHead: 1, headDim: C / H, heads: H + 1 };
const SHARED = (H + 2) * (C / H);
const LOSS = { targetShare: 1, otherShare: 0, entropy: 0, zLoss: 0, cap: 0 };

interface Given {
  readonly shape: readonly number[];
  readonly dtype?: 'int32';
  /** Axes along which the input may be larger and still be valid. */
  readonly mayGrow?: 'rows' | 'columns' | 'both';
}

interface Case {
  readonly inputs: Readonly<Record<string, Given>>;
  readonly attributes?: tf.NamedAttrMap;
}

const CROSS_ENTROPY: Case = {
  inputs: {
    hidden: { shape: [N, C] },
    projection: { shape: [V, C], mayGrow: 'rows' },
    targets: { shape: [N], dtype: 'int32' },
    weights: { shape: [N] },
  },
  attributes: LOSS,
};

const CROSS_ENTROPY_GRAD: Case = {
  inputs: {
    dy: { shape: [] },
    hidden: { shape: [N, C] },
    projection: { shape: [V, C] },
    residual0: { shape: [N], mayGrow: 'both' }, // perPosition, which the kernel does not read
    residual1: { shape: [N * C] },
    residual2: { shape: [V * C] },
  },
};
const FROZEN_CROSS_ENTROPY_GRAD: Case = {
  inputs: {
    dy: { shape: [] },
    hidden: { shape: [N, C] },
    residual0: { shape: [N], mayGrow: 'both' }, // perPosition, which the kernel does not read
    residual1: { shape: [N * C] },
  },
};
const LINEAR: Case = {
  inputs: {
    x: { shape: [N, C], mayGrow: 'rows' },
    weight: { shape: [C, O] },
    bias: { shape: [O] },
  },
  attributes: { activation: 'gelu', hasBias: true },
};
const LINEAR_GRAD: Case = {
  inputs: {
    dy: { shape: [N, O] },
    x: { shape: [N, C] },
    weight: { shape: [C, O] },
    residual0: { shape: [N * O] },
  },
  attributes: { activation: 'gelu', hasBias: true },
};
const FROZEN_LINEAR_GRAD: Case = {
  inputs: {
    dy: { shape: [N, O] },
    weight: { shape: [C, O], mayGrow: 'rows' },
    residual0: { shape: [N * O] },
  },
  attributes: { activation: 'gelu', hasBias: true },
};

/** Valid inputs of each kernel. Inputs of integers are zeros. */
const CASES: Readonly<Record<string, Case>> = {
  AddLosses: { inputs: { a: { shape: [] }, b: { shape: [] } } },
  AddLossesGrad: { inputs: { dy: { shape: [] } } },
  Attention: {
    inputs: {
      qkv: { shape: [N, 3 * C] },
      prefixLengths: { shape: [B], dtype: 'int32' },
      lengths: { shape: [B], dtype: 'int32' },
    },
    attributes: ATTENTION,
  },
  AttentionGrad: {
    inputs: {
      dy: { shape: [N, C] },
      qkv: { shape: [N, 3 * C] },
      residual0: { shape: [B * H * T] },
      residual1: { shape: [N * C] },
      residual2: { shape: [B], dtype: 'int32' },
      residual3: { shape: [B], dtype: 'int32' },
    },
    attributes: ATTENTION,
  },
  CompressedAttention: {
    inputs: {
      qkv: { shape: [N, 3 * C] },
      keys: { shape: [B * GROUPS, C] },
      values: { shape: [B * GROUPS, C] },
      lengths: { shape: [B], dtype: 'int32' },
    },
    attributes: COMPRESSED,
  },
  CompressedAttentionGrad: {
    inputs: {
      dy: { shape: [N, C] },
      qkv: { shape: [N, 3 * C] },
      keys: { shape: [B * GROUPS, C] },
      values: { shape: [B * GROUPS, C] },
      residual0: { shape: [B * H * T] },
      residual1: { shape: [N * C] },
      residual2: { shape: [B], dtype: 'int32' },
    },
    attributes: COMPRESSED,
  },
  CrossEntropy: CROSS_ENTROPY,
  CrossEntropyGrad: CROSS_ENTROPY_GRAD,
  FrozenCrossEntropy: CROSS_ENTROPY,
  FrozenCrossEntropyGrad: FROZEN_CROSS_ENTROPY_GRAD,
  Bfloat16CrossEntropy: CROSS_ENTROPY,
  Bfloat16CrossEntropyGrad: CROSS_ENTROPY_GRAD,
  FrozenBfloat16CrossEntropy: CROSS_ENTROPY,
  FrozenBfloat16CrossEntropyGrad: FROZEN_CROSS_ENTROPY_GRAD,
  FusedLinear: LINEAR,
  FusedLinearGrad: LINEAR_GRAD,
  FrozenLinear: LINEAR,
  FrozenLinearGrad: FROZEN_LINEAR_GRAD,
  Bfloat16Linear: LINEAR,
  Bfloat16LinearGrad: LINEAR_GRAD,
  FrozenBfloat16Linear: LINEAR,
  FrozenBfloat16LinearGrad: FROZEN_LINEAR_GRAD,
  Embedding: {
    inputs: {
      table: { shape: [V, C], mayGrow: 'both' },
      ids: { shape: [N], dtype: 'int32', mayGrow: 'both' },
    },
  },
  EmbeddingGrad: {
    inputs: {
      dy: { shape: [N, C], mayGrow: 'columns' },
      ids: { shape: [N], dtype: 'int32' },
    },
    attributes: { rows: V },
  },
  Gated: {
    inputs: { x: { shape: [N, 2 * O], mayGrow: 'rows' } },
    attributes: { activation: 'silu' },
  },
  GatedGrad: {
    inputs: { dy: { shape: [N, O] }, x: { shape: [N, 2 * O] } },
    attributes: { activation: 'silu' },
  },
  Gelu: { inputs: { x: { shape: [N, O], mayGrow: 'both' } } },
  GeluGrad: { inputs: { dy: { shape: [N, O] }, x: { shape: [N, O] } } },
  GroupRows: { inputs: { x: { shape: [N, 3 * C] } }, attributes: GROUPED },
  GroupRowsGrad: { inputs: { dy: { shape: [B * GROUPS, GROUP * C] } }, attributes: GROUPED },
  LayerNorm: {
    inputs: {
      x: { shape: [N, C], mayGrow: 'rows' },
      gain: { shape: [C] },
      bias: { shape: [C] },
    },
    attributes: { eps: 1e-5 },
  },
  LayerNormGrad: {
    inputs: {
      dy: { shape: [N, C] },
      x: { shape: [N, C] },
      gain: { shape: [C] },
      residual0: { shape: [N] },
      residual1: { shape: [N] },
    },
  },
  LoraParts: {
    inputs: { up: { shape: [4, O], mayGrow: 'columns' } },
    attributes: { rank: 2, spans: [0, 2, 2, 3] },
  },
  LoraPartsGrad: {
    inputs: { dy: { shape: [4, O], mayGrow: 'columns' } },
    attributes: { rank: 2, spans: [0, 2, 2, 3] },
  },
  NormHeads: {
    inputs: {
      qkv: { shape: [N, SHARED], mayGrow: 'rows' },
      queryGain: { shape: [C / H] },
      keyGain: { shape: [C / H] },
    },
    attributes: { ...HEADS, span: 'head', eps: 1e-6 },
  },
  NormHeadsGrad: {
    inputs: {
      dy: { shape: [N, SHARED] },
      qkv: { shape: [N, SHARED] },
      queryGain: { shape: [C] },
      keyGain: { shape: [C / H] },
      residual0: { shape: [N * 2] },
    },
    attributes: { ...HEADS, span: 'all', eps: 1e-6 },
  },
  RelativeAttention: {
    inputs: { qkv: { shape: [N, 3 * C] }, distances: { shape: [H * 3, C / H] } },
    attributes: RELATIVE,
  },
  RelativeAttentionGrad: {
    inputs: {
      dy: { shape: [N, C] },
      qkv: { shape: [N, 3 * C] },
      distances: { shape: [H * 3, C / H] },
      residual0: { shape: [B * H * T] },
      residual1: { shape: [N * C] },
    },
    attributes: RELATIVE,
  },
  Residual: { inputs: { x: { shape: [N, C] }, branch: { shape: [N, C] } }, attributes: DROPOUT },
  ResidualGrad: { inputs: { dy: { shape: [N, C], mayGrow: 'both' } }, attributes: DROPOUT },
  RmsNorm: {
    inputs: { x: { shape: [N, C], mayGrow: 'rows' }, gain: { shape: [C] } },
    attributes: { eps: 1e-5 },
  },
  RmsNormGrad: {
    inputs: {
      dy: { shape: [N, C] },
      x: { shape: [N, C] },
      gain: { shape: [C] },
      residual0: { shape: [N] },
    },
  },
  RotateHeads: {
    inputs: {
      qkv: { shape: [N, SHARED], mayGrow: 'columns' },
      angles: { shape: [N, C / H] },
    },
    attributes: HEADS,
  },
  RotateHeadsGrad: {
    inputs: {
      dy: { shape: [N, SHARED], mayGrow: 'columns' },
      angles: { shape: [N, C / H] },
    },
    attributes: HEADS,
  },
  Scaled: { inputs: { x: { shape: [N, C], mayGrow: 'both' } }, attributes: { factor: 3 } },
  ScaledGrad: { inputs: { dy: { shape: [N, C], mayGrow: 'both' } }, attributes: { factor: 3 } },
  SeededDropout: { inputs: { x: { shape: [N, C], mayGrow: 'both' } }, attributes: DROPOUT },
  SeededDropoutGrad: { inputs: { dy: { shape: [N, C], mayGrow: 'both' } }, attributes: DROPOUT },
};

beforeAll(() => nativeEngine.load());

function run(kernel: string, inputs: Case['inputs']): void {
  tf.tidy(() => {
    const tensors = Object.entries(inputs).map(([name, { shape, dtype }]) => [
      name,
      tf.zeros([...shape], dtype),
    ]);
    tf.engine().runKernel(kernel, Object.fromEntries(tensors) as tf.NamedTensorMap, {
      ...CASES[kernel].attributes,
    });
  });
}

/** Yields wrong variants of one input. */
function* wrongOnes({ shape, dtype, mayGrow }: Given): Generator<Given> {
  yield { shape, dtype: dtype === 'int32' ? undefined : 'int32' };
  const [rows, columns] = [0, shape.length - 1];
  const grown = (axis: number): Given => ({
    shape: shape.map((size, i) => (i === axis ? size + 1 : size)),
    dtype,
  });
  if (shape.length > 0 && mayGrow !== 'rows' && mayGrow !== 'both') yield grown(rows);
  if (shape.length > 1 && mayGrow !== 'columns' && mayGrow !== 'both') yield grown(columns);
}

it('covers every fused kernel', () => {
  expect(Object.keys(CASES).sort()).toEqual(Object.keys(FUSED_KERNELS).sort());
});

describe.each(Object.keys(CASES))('the kernel %s', (kernel) => {
  const { inputs } = CASES[kernel];

  it('accepts valid inputs', () => {
    run(kernel, inputs);
  });

  it.each(Object.keys(inputs).filter((name) => name !== 'residual0' || !inputs[name].mayGrow))(
    'refuses a wrong shape or type of %s, and names the expected one',
    (name) => {
      for (const wrong of wrongOnes(inputs[name])) {
        expect(() => {
          run(kernel, { ...inputs, [name]: wrong });
        }).toThrow(/^\w+: expected (shape \[[\d,]*\]|float32|int32|\d+ entries), got /);
      }
    },
  );
});

describe('numbers that C++ uses as indices', () => {
  const whole = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');
  const float = (...shape: number[]): tf.Tensor => tf.zeros(shape);
  const outputOf =
    (kernel: string, inputs: object, attributes = {}) =>
    (): unknown =>
      tf.tidy(() => tf.engine().runKernel(kernel, inputs as tf.NamedTensorMap, attributes));

  it('are refused if they are out of range', () => {
    const attention = (prefix: number, end: number): (() => unknown) =>
      outputOf(
        'Attention',
        { qkv: float(N, 3 * C), prefixLengths: whole(0, prefix), lengths: whole(end, 0) },
        ATTENTION,
      );
    const wrong = 'expected integers from 0 to';
    expect(attention(4, 3)).toThrow(new RangeError(`prefixLengths: ${wrong} 3, got 4 at 1`));
    expect(attention(0, -1)).toThrow(new RangeError(`lengths: ${wrong} 3, got -1 at 0`));
    const ids = whole(0, V);
    const message = new RangeError(`ids: ${wrong} 6, got 7 at 1`);
    expect(outputOf('Embedding', { table: float(V, C), ids })).toThrow(message);
    expect(outputOf('EmbeddingGrad', { dy: float(2, C), ids }, { rows: V })).toThrow(message);
    const given = { hidden: float(2, C), projection: float(V, C), targets: ids, weights: float(2) };
    expect(outputOf('CrossEntropy', given, LOSS)).toThrow(
      new RangeError(`targets: ${wrong} 6, got 7 at 1`),
    );
  });
});

describe('a tensor that is too large', () => {
  it('is refused before memory is allocated', () => {
    expect(() => tf.fill([2 ** 16, 2 ** 16], 1)).toThrow(
      new RangeError('shape: expected at most 2147483647 entries, got [65536,65536]'),
    );
  });
});
