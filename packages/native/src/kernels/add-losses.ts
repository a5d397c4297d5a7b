import { binary } from './standard/elementwise.js';
import type { Kernel } from './kernel.js';

/** The kernel of `AddLosses`: a sum of scalars. */
export const addLosses: Kernel = binary('add').run;

/** The kernel of `AddLossesGrad`: both share the number of `dy`. */
export const addLossesGrad: Kernel = ({ inputs: { dy }, backend }) => [
  backend.share(dy),
  backend.share(dy),
];
