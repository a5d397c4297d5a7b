import { expectEntries, expectTensor } from './expect-tensor.js';
import { headSpans, type NormedHeads } from './head-spans.js';
import type { HeadSpans } from '../addon/ops.gen.js';
import type { Kernel, KernelCall } from './kernel.js';

/** `NormHeads`: the residual is what each span was multiplied by beside its gain. */
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
