import type { HeadSpans } from '../addon/ops.gen.js';
import {
  expectEntries,
  expectTensor,
  headSpans,
  type Kernel,
  type KernelCall,
  type NormedHeads,
} from './kernel.js';

/** Kernel of `LayerNorm`. The residuals are each row's mean and inverse deviation. */
export const layerNorm: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { x, gain, bias } = inputs;
  const [rows, width] = x.shape;
  expectTensor('x', x, [rows, width]);
  expectTensor('gain', gain, [width]);
  expectTensor('bias', bias, [width]);
  const y = backend.output(x.shape);
  const mean = backend.output([rows]);
  const inverse = backend.output([rows]);
  addon.layerNorm({
    rows,
    width,
    eps: attributes.eps as number, // layerNorm() put a number there
    x: backend.floats(x),
    gain: backend.floats(gain),
    bias: backend.floats(bias),
    y: backend.floats(y),
    mean: backend.floats(mean),
    inverse: backend.floats(inverse),
  });
  return [y, backend.residual(mean), backend.residual(inverse)];
};

/** The kernel of `LayerNormGrad`. */
export const layerNormGrad: Kernel = ({ inputs, backend, addon }) => {
  const { dy, x, gain, residual0: mean, residual1: inverse } = inputs;
  const [rows, width] = x.shape;
  expectTensor('x', x, [rows, width]);
  expectTensor('dy', dy, x.shape);
  expectTensor('gain', gain, [width]);
  const dx = backend.output(x.shape);
  const dGain = backend.output([width]);
  const dBias = backend.output([width]);
  addon.layerNormGrad({
    rows,
    width,
    dy: backend.floats(dy),
    x: backend.floats(x),
    gain: backend.floats(gain),
    mean: expectEntries('mean', mean, backend.floats(mean), rows),
    inverse: expectEntries('inverseDeviation', inverse, backend.floats(inverse), rows),
    dx: backend.floats(dx),
    dGain: backend.floats(dGain),
    dBias: backend.floats(dBias),
  });
  return [dx, dGain, dBias];
};

/** Kernel of `RmsNorm`. The residual is each row's factor in addition to the gain: 1 / RMS, `[rows]`. */
export const rmsNorm: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { x, gain } = inputs;
  const [rows, width] = x.shape;
  expectTensor('x', x, [rows, width]);
  expectTensor('gain', gain, [width]);
  const y = backend.output(x.shape);
  const inverse = backend.output([rows]);
  addon.rmsNorm({
    rows,
    width,
    eps: attributes.eps as number, // rmsNorm() put a number there
    x: backend.floats(x),
    gain: backend.floats(gain),
    y: backend.floats(y),
    inverse: backend.floats(inverse),
  });
  return [y, backend.residual(inverse)];
};

/** The kernel of `RmsNormGrad`. */
export const rmsNormGrad: Kernel = ({ inputs, backend, addon }) => {
  const { dy, x, gain, residual0: inverse } = inputs;
  const [rows, width] = x.shape;
  expectTensor('x', x, [rows, width]);
  expectTensor('dy', dy, x.shape);
  expectTensor('gain', gain, [width]);
  const dx = backend.output(x.shape);
  const dGain = backend.output([width]);
  addon.rmsNormGrad({
    rows,
    width,
    dy: backend.floats(dy),
    x: backend.floats(x),
    gain: backend.floats(gain),
    inverse: expectEntries('inverse', inverse, backend.floats(inverse), rows),
    dx: backend.floats(dx),
    dGain: backend.floats(dGain),
  });
  return [dx, dGain];
};

/** Kernel of `NormHeads`. The residual is each span's factor in addition to its gain: 1 / RMS, `[rows, spans]`. */
export const normHeads: Kernel = (call) => {
  const { inputs, attributes, backend, addon } = call;
  const { qkv, queryGain, keyGain } = inputs;
  const { rows, width, spans } = sizesOf(call);
  const y = backend.output(qkv.shape);
  const inverse = backend.output([rows, spans.queries + spans.keys]);
  addon.normHeads({
    rows,
    width,
    spans,
    eps: attributes.eps as number, // normHeads() put a number there
    qkv: backend.floats(qkv),
    queryGain: backend.floats(queryGain),
    keyGain: backend.floats(keyGain),
    y: backend.floats(y),
    inverse: backend.floats(inverse),
  });
  return [y, backend.residual(inverse)];
};

/** The kernel of `NormHeadsGrad`. */
export const normHeadsGrad: Kernel = (call) => {
  const { inputs, backend, addon } = call;
  const { dy, qkv, queryGain, keyGain, residual0: inverse } = inputs;
  const { rows, width, spans } = sizesOf(call);
  expectTensor('dy', dy, qkv.shape);
  const count = rows * (spans.queries + spans.keys);
  const dQkv = backend.output(qkv.shape);
  const dQueryGain = backend.output(queryGain.shape);
  const dKeyGain = backend.output(keyGain.shape);
  addon.normHeadsGrad({
    rows,
    width,
    spans,
    dy: backend.floats(dy),
    qkv: backend.floats(qkv),
    queryGain: backend.floats(queryGain),
    keyGain: backend.floats(keyGain),
    inverse: expectEntries('inverse', inverse, backend.floats(inverse), count),
    dQkv: backend.floats(dQkv),
    dQueryGain: backend.floats(dQueryGain),
    dKeyGain: backend.floats(dKeyGain),
  });
  return [dQkv, dQueryGain, dKeyGain];
};

function sizesOf({ inputs, attributes }: KernelCall): {
  readonly rows: number;
  readonly width: number;
  readonly spans: HeadSpans;
} {
  const { qkv, queryGain, keyGain } = inputs;
  const heads = attributes as unknown as NormedHeads; // normHeads() put them there
  const spans = headSpans(heads);
  const [rows] = qkv.shape;
  const width = (heads.nHead + 2 * heads.nKvHead) * heads.headDim;
  expectTensor('qkv', qkv, [rows, width]);
  expectTensor('queryGain', queryGain, [spans.queryWidth]);
  expectTensor('keyGain', keyGain, [spans.keyWidth]);
  return { rows, width, spans };
}
