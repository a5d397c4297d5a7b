import type { Activation } from '../ops/linear.js';
import type { ParameterSpec } from '../parameters/parameter.js';

/** The widths of an MLP. */
interface MlpShape {
  /** Width of the residual stream, C. */
  readonly nEmbd: number;
  /** Width of the hidden layer, F. */
  readonly mlpDim: number;
}

/** The MLP of a block: all that ramble asks of a kind. */
export interface MlpKind {
  /**
   * The parameters of an MLP of this name.
   *
   * @param intoStream - Standard deviation of the weights that write to the residual stream.
   */
  readonly parameters: (
    name: string,
    shape: MlpShape,
    intoStream: number,
  ) => readonly ParameterSpec[];
  /** Maps the normalized stream to what is added to it, `[N, C]`. */
  readonly compute: <X>(x: X, name: string, ops: MlpOps<X>) => X;
}

/** The ops that MLPs are made of. */
interface MlpOps<X> {
  linear(x: X, name: string, activation?: Activation): X;
}
