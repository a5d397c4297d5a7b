import { attentionFields, attentionSizes, memoryPart } from './attention-operands.js';
import { expectTensor } from './expect-tensor.js';
import type { Kernel } from './kernel.js';

/**
 * `Attention`, `RelativeAttention` and `CompressedAttention`: the residuals are the log-sums of the
 * scores, what was read, and the prefix lengths and the lengths where there are some.
 */
export const attention: Kernel = (call) => {
  const { inputs, backend, addon } = call;
  const { prefixLengths, lengths } = inputs as Partial<typeof inputs>; // not all of them
  const { batch, length, nHead, headDim } = attentionSizes(call);
  const read = backend.output([batch * length, nHead * headDim]);
  const logSum = backend.output([batch * nHead * length]);
  addon.attention(attentionFields(call, { prefixLengths, lengths, read, logSum }));
  const residuals = [logSum, backend.share(read)];
  if (prefixLengths) residuals.push(backend.share(prefixLengths));
  if (lengths) residuals.push(backend.share(lengths));
  return [read, ...residuals.map((residual) => backend.residual(residual))];
};

/** The gradients of attention: of qkv, then of the distances or of the memory's keys and values. */
export const attentionGrad: Kernel = (call) => {
  const { inputs, attributes, backend, addon } = call;
  const { dy, qkv, residual0: logSum, residual1: read } = inputs;
  const hasPrefix = attributes.visibility === 'prefix';
  const prefixLengths = hasPrefix ? inputs.residual2 : undefined;
  const lengths = attributes.isPadded ? inputs[hasPrefix ? 'residual3' : 'residual2'] : undefined;
  const { batch, length, nHead, headDim } = attentionSizes(call);
  const C = nHead * headDim;
  expectTensor('dy', dy, [batch * length, C]);
  const forward = attentionFields(call, { prefixLengths, lengths, read, logSum });
  const dQkv = backend.output(qkv.shape);
  const dDistances = 'distances' in inputs ? [backend.output(inputs.distances.shape)] : [];
  const dMemory = ('keys' in inputs ? [inputs.keys, inputs.values] : []).map(({ shape }) => {
    const gradient = backend.output(shape);
    if (shape[1] > C) backend.floats(gradient).fill(0); // of the columns that are not read
    return gradient;
  });
  const [distances = null] = dDistances.map((gradient) => backend.floats(gradient));
  const [dKeys = null, dValues = null] = dMemory.map((gradient, i) =>
    memoryPart(call, gradient, i),
  );
  addon.attentionGrad({
    forward,
    dRead: backend.floats(dy),
    dQkv: backend.floats(dQkv),
    dDistances: distances,
    dKeys,
    dValues,
  });
  return [dQkv, ...dDistances, ...dMemory];
};
