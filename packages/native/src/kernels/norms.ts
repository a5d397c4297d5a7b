import type { NormedHeads } from '@ramble/core/model';

import type { HeadSpans } from '../addon/ops.gen.js';
import {
  expectEntries,
  expectShapes,
  floatsOf,
  headSpans,
  type Kernel,
  type KernelCall,
  outputsOf,
} from './kernel.js';

/** Kernels of norms, by the name of their op. */
export const NORM_KERNELS: Readonly<Record<string, Kernel>> = {
  /** The residuals, which are saved for the gradient, are each row's mean and inverse standard deviation. */
  LayerNorm: ({ inputs, attributes, backend, addon }) => {
    const { x, gain, bias } = inputs;
    const [rows, width] = x.shape;
    expectShapes(inputs, { x: [rows, width], gain: [width], bias: [width] });
    const [y, mean, inverse] = outputsOf(backend, x.shape, [rows], [rows]);
    const eps = attributes.eps as number; // layerNorm() put a number there
    addon.layerNorm({
      rows,
      width,
      eps,
      ...floatsOf(backend, { x, gain, bias, y, mean, inverse }),
    });
    return [y, backend.residual(mean), backend.residual(inverse)];
  },
  LayerNormGrad: ({ inputs, backend, addon }) => {
    const { dy, x, gain, residual0: mean, residual1: inverse } = inputs;
    const [rows, width] = x.shape;
    expectShapes(inputs, { x: [rows, width], dy: x.shape, gain: [width] });
    const [dx, dGain, dBias] = outputsOf(backend, x.shape, [width], [width]);
    addon.layerNormGrad({
      rows,
      width,
      ...floatsOf(backend, { dy, x, gain, dx, dGain, dBias }),
      mean: expectEntries('mean', mean, backend.floats(mean), rows),
      inverse: expectEntries('inverseDeviation', inverse, backend.floats(inverse), rows),
    });
    return [dx, dGain, dBias];
  },
  /** The residual, which is saved for the gradient, is `1 / RMS` of each row, `[rows]`. */
  RmsNorm: ({ inputs, attributes, backend, addon }) => {
    const { x, gain } = inputs;
    const [rows, width] = x.shape;
    expectShapes(inputs, { x: [rows, width], gain: [width] });
    const [y, inverse] = outputsOf(backend, x.shape, [rows]);
    const eps = attributes.eps as number; // rmsNorm() put a number there
    addon.rmsNorm({ rows, width, eps, ...floatsOf(backend, { x, gain, y, inverse }) });
    return [y, backend.residual(inverse)];
  },
  RmsNormGrad: ({ inputs, backend, addon }) => {
    const { dy, x, gain, residual0: inverse } = inputs;
    const [rows, width] = x.shape;
    expectShapes(inputs, { x: [rows, width], dy: x.shape, gain: [width] });
    const [dx, dGain] = outputsOf(backend, x.shape, [width]);
    addon.rmsNormGrad({
      rows,
      width,
      ...floatsOf(backend, { dy, x, gain, dx, dGain }),
      inverse: expectEntries('inverse', inverse, backend.floats(inverse), rows),
    });
    return [dx, dGain];
  },
  /**
   * The residual, which is saved for the gradient, is `1 / RMS` of each span (a head, or all heads), `[rows, spans]`.
   */
  NormHeads: (call) => {
    const { inputs, attributes, backend, addon } = call;
    const { qkv, queryGain, keyGain } = inputs;
    const sizes = sizesOf(call);
    const [y, inverse] = outputsOf(backend, qkv.shape, [sizes.rows, spansIn(sizes)]);
    const eps = attributes.eps as number; // normHeads() put a number there
    const arrays = floatsOf(backend, { qkv, queryGain, keyGain, y, inverse });
    addon.normHeads({ ...sizes, eps, ...arrays });
    return [y, backend.residual(inverse)];
  },
  NormHeadsGrad: (call) => {
    const { inputs, backend, addon } = call;
    const { dy, qkv, queryGain, keyGain, residual0: inverse } = inputs;
    const sizes = sizesOf(call);
    expectShapes(inputs, { dy: qkv.shape });
    const count = sizes.rows * spansIn(sizes);
    const shapes = [qkv, queryGain, keyGain].map(({ shape }) => shape);
    const [dQkv, dQueryGain, dKeyGain] = outputsOf(backend, ...shapes);
    addon.normHeadsGrad({
      ...sizes,
      ...floatsOf(backend, { dy, qkv, queryGain, keyGain, dQkv, dQueryGain, dKeyGain }),
      inverse: expectEntries('inverse', inverse, backend.floats(inverse), count),
    });
    return [dQkv, dQueryGain, dKeyGain];
  },
};

/** Sizes of qkv, and the spans of a row that are normalized. */
interface Sizes {
  readonly rows: number;
  readonly width: number;
  readonly spans: HeadSpans;
}

function sizesOf({ inputs, attributes }: KernelCall): Sizes {
  const heads = attributes as unknown as NormedHeads; // normHeads() put them there
  const spans = headSpans(heads);
  const [rows] = inputs.qkv.shape;
  const width = (heads.nHead + 2 * heads.nKvHead) * heads.headDim;
  const [queryGain, keyGain] = [[spans.queryWidth], [spans.keyWidth]];
  expectShapes(inputs, { qkv: [rows, width], queryGain, keyGain });
  return { rows, width, spans };
}

function spansIn({ spans: { queries, keys } }: Sizes): number {
  return queries + keys;
}
