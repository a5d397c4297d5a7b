import {
  attention,
  blockMask,
  CAUSAL_MASK,
  compressedAttention,
  crossEntropy,
  type CrossEntropyOptions,
  type Dropout,
  dropout,
  embedding,
  frozenLinear,
  gated,
  geluOf,
  groupRows,
  layerNorm,
  linear,
  NO_DROPOUT,
  PREFIX_MASK,
  recurrentAttention,
  residual,
  rmsNorm,
  rotateHeads,
  windowMask,
} from '@ramble/core/engine';
import { normHeads, relativeAttention } from '@ramble/core/model';
import * as tf from '@tensorflow/tfjs-core';

import type { OpCase } from './check-op.js';

/** Sizes at which kernels fail: 1, and the widths of a vector, a tile and a block, each also minus and plus 1. */
const SIZES = [1, 7, 8, 9, 15, 16, 17, 63, 64, 65];
const DROPOUT: Dropout = { rate: 0.3, seed: 5, step: 2, stream: 4 };

/** Test cases of every op of the model, with sizes that do not fit vectors or tiles. */
export const OP_CASES: readonly OpCase[] = [
  ...linearCases(),
  ...bfloat16Cases(),
  ...geluCases(),
  ...layerNormCases(),
  ...rmsNormCases(),
  ...gatedCases(),
  ...normHeadsCases(),
  ...rotateHeadsCases(),
  ...embeddingCases(),
  ...dropoutCases(),
  ...attentionCases(),
  ...sharedHeadsCases(),
  ...relativeCases(),
  ...recurrentCases(),
  ...groupCases(),
  ...compressedCases(),
  ...crossEntropyCases(),
];

function linearCases(): OpCase[] {
  const sizes = [[1, 1, 1], ...everySize(0, 1, 2), ...everySize(0, 7, 4)];
  const layers = [
    { activation: 'none', hasBias: true },
    { activation: 'gelu', hasBias: true },
    { activation: 'none', hasBias: false },
  ] as const;
  const all = sizes.flatMap((size) => layers.map((layer) => ({ size, ...layer })));
  const rare = { size: [17, 9, 65], activation: 'gelu', hasBias: false } as const;
  const trained = [...all, rare].map(({ size: [N, I, O], activation, hasBias }) => ({
    name: `linear of [${N}, ${I}] to width ${O}, activation ${activation}${hasBias ? '' : ', no bias'}`,
    inputs: [[N, I], [I, O], ...(hasBias ? [[O]] : [])],
    op: (x: tf.Tensor2D, weight: tf.Tensor2D, bias?: tf.Tensor1D) =>
      linear(x, { weight, bias }, activation),
  }));
  const frozen = everySize(2, 5, 1).flatMap(([N, I, O]) =>
    (['none', 'gelu'] as const).map((activation) => ({
      name: `frozenLinear of [${N}, ${I}] to width ${O}, activation ${activation}`,
      inputs: [[N, I]],
      op: (x: tf.Tensor2D) => {
        const params = { weight: waves<tf.Rank.R2>([I, O]), bias: waves<tf.Rank.R1>([O]) };
        return frozenLinear(x, params, activation);
      },
    })),
  );
  return [...trained, ...frozen];
}

/** Returns values that do not repeat, for constant inputs. */
function waves<R extends tf.Rank.R1 | tf.Rank.R2>(shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(3 * i + 1)),
    shape,
  );
}

function layerNormCases(): OpCase[] {
  return [[1, 1], ...everySize(0, 3)].map(([N, C]) => ({
    name: `layerNorm of [${N}, ${C}]`,
    inputs: [[N, C], [C], [C]],
    op: (x: tf.Tensor2D, gain: tf.Tensor1D, bias: tf.Tensor1D) =>
      layerNorm(x, { gain, bias }, epsOf(C)),
  }));
}

/**
 * Returns an eps for norms over C numbers. For one number, whose deviation is 0, a small eps would make the gradient
 * mere rounding.
 */
function epsOf(C: number): number {
  return C === 1 ? 1 : 1e-5;
}

function rmsNormCases(): OpCase[] {
  return [[1, 1], ...everySize(0, 3)].map(([N, C]) => ({
    name: `rmsNorm of [${N}, ${C}]`,
    inputs: [[N, C], [C]],
    op: (x: tf.Tensor2D, gain: tf.Tensor1D) => rmsNorm(x, gain, epsOf(C)),
  }));
}

/**
 * Returns cases of linear layers and losses in bf16. If an engine computes a sum in another order, the sum may round
 * to an adjacent number of bf16, so the tolerance of some gradients is larger.
 */
function bfloat16Cases(): OpCase[] {
  const linears = [[1, 1, 1], ...everySize(0, 3, 7)].flatMap(([N, I, O]) =>
    (['none', 'gelu'] as const).flatMap((activation): OpCase[] => [
      {
        name: `linear in bf16 of [${N}, ${I}] to width ${O}, activation ${activation}`,
        inputs: [[N, I], [I, O], [O]],
        op: (x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D) =>
          linear(x, { weight, bias }, activation, 'bf16'),
        ...(activation === 'gelu' && { gradientTolerance: 2e-2 }),
      },
      {
        name: `frozenLinear in bf16 of [${N}, ${I}] to width ${O}, activation ${activation}`,
        inputs: [[N, I]],
        op: (x: tf.Tensor2D) =>
          frozenLinear(x, { weight: waves<tf.Rank.R2>([I, O]) }, activation, 'bf16'),
        ...(activation === 'gelu' && { gradientTolerance: 2e-2 }),
      },
    ]),
  );
  const losses = everySize(0, 3, 7).flatMap(([N, C, V]) =>
    [false, true].map((isFrozen): OpCase => ({
      name: `crossEntropy in bf16 of [${N}, ${C}] over ${V} tokens${isFrozen ? ', frozen' : ''}`,
      inputs: isFrozen
        ? [[N, C]]
        : [
            [N, C],
            [V, C],
          ],
      op: (hidden: tf.Tensor2D, projection = waves<tf.Rank.R2>([V, C])) => {
        const weights = tf.fill<tf.Rank.R1>([N], 1 / N);
        const options = { isFrozen, precision: 'bf16' } as const;
        return crossEntropy(hidden, projection, idsBelow(V, N), weights, options).loss;
      },
      gradientTolerance: 2e-2,
    })),
  );
  return [...linears, ...losses];
}

function geluCases(): OpCase[] {
  return [[1, 1], ...everySize(0, 3)].map(([N, F]) => ({
    name: `gelu of [${N}, ${F}]`,
    inputs: [[N, F]],
    op: (x: tf.Tensor2D) => geluOf(x),
  }));
}

function gatedCases(): OpCase[] {
  return [[1, 1], ...everySize(0, 3)].flatMap(([N, F]) =>
    (['silu', 'gelu'] as const).map((activation) => ({
      name: `gated [${N}, ${F}], activation ${activation}`,
      inputs: [[N, 2 * F]],
      op: (x: tf.Tensor2D) => gated(x, activation),
    })),
  );
}

function normHeadsCases(): OpCase[] {
  return [[1, 2], ...everySize(0, 3)].map(([N, D], i) => {
    const [nKvHead, span] = [1 + (i % 2), i % 3 === 0 ? 'all' : 'head'] as const;
    const nHead = nKvHead * (1 + (i % 3));
    const [queries, keys] = span === 'all' ? [nHead * D, nKvHead * D] : [D, D];
    const heads = { eps: epsOf(D), nHead, nKvHead, headDim: D, span };
    return {
      name: `normHeads of ${N} rows, ${nHead} heads of ${D} on ${nKvHead}, span ${span}`,
      inputs: [[N, (nHead + 2 * nKvHead) * D], [queries], [keys]],
      op: (qkv: tf.Tensor2D, queryGain: tf.Tensor1D, keyGain: tf.Tensor1D) =>
        normHeads(qkv, { queryGain, keyGain }, heads),
    };
  });
}

/** Returns cases that rotate all columns of a head, some of them, or only two. */
function rotateHeadsCases(): OpCase[] {
  return [[1, 2], ...everySize(0, 3)].map(([N, size], i) => {
    const headDim = Math.max(2, size);
    const columns = 2 * Math.max(1, Math.floor(headDim / (2 + 2 * (i % 2))));
    const heads = 1 + (i % 3);
    return {
      name: `rotateHeads of ${N} rows, ${columns} columns of ${heads} heads of ${headDim}`,
      inputs: [[N, (heads + 1) * headDim]],
      op: (qkv: tf.Tensor2D) => {
        const angles = Array.from({ length: N * columns }, (_, at) => Math.sin(at * at + 1));
        return rotateHeads(qkv, tf.tensor2d(angles, [N, columns]), { headDim, heads });
      },
    };
  });
}

function embeddingCases(): OpCase[] {
  return [[1, 1, 1], ...everySize(0, 3, 7)].map(([V, C, N]) => ({
    name: `embedding of ${N} ids in [${V}, ${C}]`,
    inputs: [[V, C]],
    op: (table: tf.Tensor2D) => embedding(table, idsBelow(V, N)),
  }));
}

function dropoutCases(): OpCase[] {
  return [[1, 1], ...everySize(0, 3)].flatMap(([N, C]): OpCase[] => [
    {
      name: `dropout on [${N}, ${C}]`,
      inputs: [[N, C]],
      op: (x: tf.Tensor2D) => dropout(x, DROPOUT),
    },
    ...[NO_DROPOUT, DROPOUT].map((settings) => ({
      name: `residual on [${N}, ${C}], dropout ${settings.rate}`,
      inputs: new Array<number[]>(2).fill([N, C]),
      op: (x: tf.Tensor2D, branch: tf.Tensor2D) => residual(x, branch, settings),
    })),
  ]);
}

/** Returns the lengths of B sequences of at most T positions. The third sequence has length 0, only padding. */
function lengthsOf(B: number, T: number): Int32Array {
  return Int32Array.from({ length: B }, (_, b) => Math.floor((T * (2 - b)) / 3));
}

/** Describes the positions of attention, in the name of a case. */
function positionsIn(B: number, T: number, ends: Int32Array | undefined): string {
  return `of ${B} x ${T} ${ends ? 'padded ' : ''}positions`;
}

function attentionCases(): OpCase[] {
  const sizes = [
    [1, 1, 1, 1],
    [2, 7, 3, 5],
    ...everySize(0, 7).map(([T, D], i) => [1 + (i % 3), T, 1 + ((i + 1) % 3), D]),
    [1, 33, 1, 128],
    [2, 9, 1, 256],
    [1, 124, 2, 8],
  ];
  return sizes.flatMap(([B, T, H, D]) => {
    // The first prefix exceeds the sequence.
    const prefixLengths = Int32Array.from({ length: B }, (_, b) => Math.max(0, T - 2 - 5 * b));
    const lengths = lengthsOf(B, T);
    const local = blockMask(7, D % 2);
    const settings = [
      ...[CAUSAL_MASK, PREFIX_MASK].flatMap((mask) =>
        [undefined, lengths].flatMap((ends) =>
          [NO_DROPOUT, DROPOUT].map((kept) => ({ mask, ends, dropout: kept })),
        ),
      ),
      T % 2 === 0
        ? { mask: local, ends: undefined, dropout: NO_DROPOUT }
        : { mask: local, ends: lengths, dropout: DROPOUT },
    ];
    return settings.map(({ mask, ends, dropout: kept }) => ({
      name:
        `attention, ${mask.attributes.visibility}, ${positionsIn(B, T, ends)}, ` +
        `${H} heads of ${D}, dropout ${kept.rate}`,
      inputs: [[B * T, 3 * H * D]],
      op: (qkv: tf.Tensor2D) =>
        attention(qkv, { batch: B, nHead: H, lengths: ends, prefixLengths }, mask, kept),
    }));
  });
}

/** Returns cases with several heads of queries for each head of keys, windows, factors and caps of the scores. */
function sharedHeadsCases(): OpCase[] {
  const sizes = [
    [1, 1, 1, 2, 1],
    ...everySize(0, 7).map(([T, D], i) => [1 + (i % 3), T, 1 + (i % 2), 2 + (i % 3), D]),
    [1, 70, 1, 3, 64],
    [2, 130, 1, 2, 20],
  ];
  return sizes.flatMap(([B, T, K, sharing, D], i) => {
    const nHead = K * sharing;
    const lengths = lengthsOf(B, T);
    const window = windowMask(1 + Math.floor(T / (1 + (i % 4))));
    const settings = [
      { mask: window, ends: undefined, dropout: NO_DROPOUT, scores: {} },
      { mask: CAUSAL_MASK, ends: lengths, dropout: DROPOUT, scores: { scale: 0.3, cap: 1.5 } },
      { mask: window, ends: lengths, dropout: NO_DROPOUT, scores: { cap: 0.4 } },
    ];
    return settings.map(({ mask, ends, dropout: kept, scores }) => ({
      name:
        `attention, ${mask.attributes.visibility}, ${positionsIn(B, T, ends)}, ` +
        `${nHead} heads of ${D} on ${K}, dropout ${kept.rate}, ${JSON.stringify(scores)}`,
      inputs: [[B * T, (nHead + 2 * K) * D]],
      op: (qkv: tf.Tensor2D) =>
        attention(qkv, { batch: B, nHead, nKvHead: K, lengths: ends, ...scores }, mask, kept),
    }));
  });
}

/**
 * Returns cases of relative attention. Their tables of distances are longer than the sequence, as long, and shorter.
 */
function relativeCases(): OpCase[] {
  const sizes = [
    [1, 1, 1, 1, 3],
    ...everySize(0, 7, 3).map(([T, D, M], i) => [1 + (i % 3), T, 1 + ((i + 1) % 3), D, M]),
    [1, 33, 1, 128, 33],
    [2, 70, 2, 20, 70],
    [1, 150, 1, 5, 100],
  ];
  return sizes.flatMap(([B, T, H, D, M], i) => {
    const local = blockMask(1 + 9 * (i % 5), i % 3);
    const settings = [
      { mask: CAUSAL_MASK, ends: undefined, dropout: NO_DROPOUT },
      { mask: local, ends: lengthsOf(B, T), dropout: DROPOUT },
    ];
    return settings.map(({ mask, ends, dropout: kept }) => ({
      name:
        `attention, relative, ${mask.attributes.visibility}, ${positionsIn(B, T, ends)}, ` +
        `${H} heads of ${D}, ${M} distances, dropout ${kept.rate}`,
      inputs: [
        [B * T, 3 * H * D],
        [H * M, D],
      ],
      op: (qkv: tf.Tensor2D, distances: tf.Tensor2D) =>
        relativeAttention(qkv, distances, { batch: B, nHead: H, lengths: ends }, mask, kept),
    }));
  });
}

/** Returns cases of attention to a segment and to the segment memory before it. */
function recurrentCases(): OpCase[] {
  const sizes = [
    [1, 1, 1, 2, 1],
    [2, 7, 16, 24, 3],
    [2, 9, 9, 10, 1],
    [1, 17, 50, 66, 3],
  ];
  return sizes.flatMap(([batch, queries, S, C, nHead]) =>
    [NO_DROPOUT, DROPOUT].map((dropout) => ({
      name: `recurrent attention of ${queries} of ${S} positions, width ${C}, ${nHead} heads, dropout ${dropout.rate}`,
      inputs: [[batch * S, 3 * C], [C, C], [C], [C]],
      op: (
        qkv: tf.Tensor2D,
        weight: tf.Tensor2D,
        contentBias: tf.Tensor1D,
        distanceBias: tf.Tensor1D,
      ) => {
        const params = { weight, contentBias, distanceBias };
        return recurrentAttention(qkv, { batch, nHead, queries }, params, dropout);
      },
    })),
  );
}

function groupCases(): OpCase[] {
  return [[1, 1], ...everySize(0, 3)].map(([T, width], i) => {
    const [batch, groupLength, firstColumn] = [1 + (i % 2), 2 + (i % 3), i % 4];
    return {
      name: `groupRows of ${batch} x ${T} positions, ${groupLength} each, ${width} columns`,
      inputs: [[batch * T, firstColumn + width + 1]],
      op: (x: tf.Tensor2D) => groupRows(x, { batch, groupLength, firstColumn, width }),
    };
  });
}

function compressedCases(): OpCase[] {
  const shapes = [[1, 1, 1, 1], [2, 130, 2, 33], ...everySize(0, 2).map(([T, D], i) => [1 + (i % 3), T, 1 + ((i + 1) % 2), D])]; // prettier-ignore
  return shapes.flatMap(([B, T, H, D], i) => {
    const [K, C] = [2 + (i % 3), H * D];
    const G = Math.ceil(T / K);
    const lengths = Int32Array.from({ length: B }, (_, b) => Math.floor((T * (2 - b)) / 2));
    const settings = [
      { isWide: false, ends: undefined, dropout: NO_DROPOUT },
      { isWide: i % 2 === 0, ends: lengths, dropout: DROPOUT },
    ];
    return settings.map(({ isWide, ends, dropout: kept }) => ({
      name:
        `attention, compressed, ${positionsIn(B, T, ends)} by ${K}, ` +
        `${H} heads of ${D}${isWide ? ', keys next to values' : ''}, dropout ${kept.rate}`,
      inputs: [
        [B * T, 3 * C],
        ...new Array<number[]>(isWide ? 1 : 2).fill([B * G, isWide ? 3 * C : C]),
      ],
      op: (qkv: tf.Tensor2D, keys: tf.Tensor2D, values = keys) => {
        const shape = { batch: B, nHead: H, lengths: ends };
        return compressedAttention(qkv, { groupLength: K, keys, values }, shape, kept);
      },
    }));
  });
}

function crossEntropyCases(): OpCase[] {
  const sizes = [[1, 1, 2], ...everySize(0, 3, 7).map(([N, C, V]) => [N, C, Math.max(V, 2)])];
  const options: readonly CrossEntropyOptions[] = [
    {},
    { labelSmoothing: 0.1 },
    { labelSmoothing: 0.1, smoothingRule: 'tensor2tensor' },
    { zLoss: 0.01 },
    { labelSmoothing: 0.1, cap: 1.5 },
  ];
  const frozen = sizes.map(([N, C, V]) => ({
    name: `crossEntropy of [${N}, ${C}] over ${V} tokens, with a frozen projection`,
    inputs: [[N, C]],
    op: (hidden: tf.Tensor2D) => {
      const weights = tf.fill<tf.Rank.R1>([N], 1 / N);
      const settings = { zLoss: 0.01, cap: 1.5, isFrozen: true };
      return crossEntropy(hidden, waves<tf.Rank.R2>([V, C]), idsBelow(V, N), weights, settings)
        .loss;
    },
  }));
  const pairs = sizes.map(([N, C, V]) => ({
    name: `crossEntropy of [${2 * N}, ${C}] over ${V} tokens, with R-Drop`,
    inputs: [
      [2 * N, C],
      [V, C],
    ],
    op: (hidden: tf.Tensor2D, projection: tf.Tensor2D) => {
      const weights = tf.tensor1d(Array.from({ length: 2 * N }, (_, n) => ((n % N) + 1) % 3));
      const targets = tf.tensor1d(
        Array.from({ length: 2 * N }, (_, n) => (n % N) % V),
        'int32',
      );
      const settings = { rDrop: 2, labelSmoothing: 0.1, zLoss: 0.01, cap: 1.5 };
      return crossEntropy(hidden, projection, targets, weights, settings).loss;
    },
  }));
  const trained = sizes.flatMap(([N, C, V]) =>
    options.map((settings) => ({
      name: `crossEntropy of [${N}, ${C}] over ${V} tokens, ${JSON.stringify(settings)}`,
      inputs: [
        [N, C],
        [V, C],
      ],
      op: (hidden: tf.Tensor2D, projection: tf.Tensor2D) => {
        const weights = tf.tensor1d(Array.from({ length: N }, (_, n) => ((n * 5 + 1) % 3) / N));
        return crossEntropy(hidden, projection, idsBelow(V, N), weights, settings).loss;
      },
    })),
  );
  return [...trained, ...pairs, ...frozen];
}

/** Returns `count` ids below `V`. Some ids occur several times, and some do not occur. */
function idsBelow(V: number, count: number): tf.Tensor1D {
  return tf.tensor1d(
    Array.from({ length: count }, (_, n) => (n * n * 3 + 2) % V),
    'int32',
  );
}

/**
 * Returns a shape for each size: axis k of shape i has the size `SIZES[i + shifts[k]]`, with the index modulo the
 * number of sizes.
 */
function everySize(...shifts: readonly number[]): number[][] {
  return SIZES.map((_, i) => shifts.map((shift) => SIZES[(i + shift) % SIZES.length]));
}
