import type { GateActivation } from '../ops/gated.js';
import type { Activation } from '../ops/linear.js';
import type { ParameterSpec } from '../parameters/parameter.js';

/** The widths of an MLP. */
interface MlpShape {
  /** Width of the residual stream, C. */
  readonly nEmbd: number;
  /** Width of the hidden layer, F. */
  readonly mlpDim: number;
}

/** How the parameters of an MLP begin. */
interface MlpStart {
  /** Standard deviation of the weights that write to the residual stream. */
  readonly intoStream: number;
  /** Whether its layers have biases. */
  readonly hasBias: boolean;
}

/** The MLP of a block: all that ramble asks of a kind. */
export interface MlpKind {
  /** Width of the hidden layer of a model that gives none. */
  readonly defaultDim: (nEmbd: number) => number;
  /** The parameters of an MLP of this name. */
  readonly parameters: (name: string, shape: MlpShape, start: MlpStart) => readonly ParameterSpec[];
  /** Maps the normalized stream to what is added to it, `[N, C]`. */
  readonly compute: <X>(x: X, name: string, ops: MlpOps<X>) => X;
}

/** The ops that MLPs are made of. */
export interface MlpOps<X> {
  linear(x: X, name: string, activation?: Activation): X;
  /** The activation of the first half of the columns times the second half. */
  gated(x: X, activation: GateActivation): X;
}
