import type * as tf from '@tensorflow/tfjs-core';

import type { ParameterSpec } from '../parameters/parameter.js';

/** A kind of norm: all that ramble asks of a way to normalize the rows of the residual stream. */
export interface NormKind {
  /** The name of its op in the list that engines run whole steps from. */
  readonly stepOp: 'layerNorm' | 'rmsNorm';
  /** The parameters of a norm of this name, for rows of `width` numbers. */
  readonly parameters: (name: string, width: number) => readonly ParameterSpec[];
  /** Normalizes rows, `[N, C]`. */
  readonly apply: (x: tf.Tensor2D, name: string, pass: NormPass) => tf.Tensor2D;
}

/** What a norm reads of the model. */
interface NormPass {
  readonly parameter: (name: string) => tf.Tensor;
  /** Added to the variance, or to the mean square. */
  readonly eps: number;
}
