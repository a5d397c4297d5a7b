import { expectTensor } from './expect-tensor.js';
import type { Kernel } from './kernel.js';
import { binary } from './standard/elementwise.js';

const sum: Kernel = binary('add').run;

/** The kernel of `AddLosses`: a sum of scalars. */
export const addLosses: Kernel = (call) => {
  expectTensor('a', call.inputs.a, []);
  expectTensor('b', call.inputs.b, []);
  return sum(call);
};

/** The kernel of `AddLossesGrad`: both share the number of `dy`. */
export const addLossesGrad: Kernel = ({ inputs: { dy }, backend }) => {
  expectTensor('dy', dy, []);
  return [backend.share(dy), backend.share(dy)];
};
