import { areFloats, type StandardKernel } from './standard-kernel.js';

/** `Softmax` of the last axis. */
export const softmax: StandardKernel = {
  fits: ({ inputs: { logits }, attributes }) => {
    const { dim } = attributes as { dim: number };
    const last = logits.shape.length - 1;
    return areFloats(logits) && (dim === last || dim === -1);
  },
  run: ({ inputs: { logits }, backend, addon }) => {
    const y = backend.output(logits.shape);
    const width = logits.shape.at(-1) ?? 1;
    const numbers = backend.floats(logits);
    addon.softmax({ rows: numbers.length / width, width, x: numbers, y: backend.floats(y) });
    return [y];
  },
};
