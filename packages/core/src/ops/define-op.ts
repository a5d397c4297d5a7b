/**
 * The interface between the model and the engines.
 *
 * An op is a kernel name, a composed form in public tfjs ops, and a composed gradient. A backend that registers a
 * kernel of the op's name (and of the name with `Grad` after it) runs its own; on every other backend the composed
 * form is used. So an engine is a tfjs backend plus kernels, and core names no engine.
 *
 * A forward kernel returns its result first, then the residuals that its own gradient kernel needs (activations, row
 * statistics). Only these two kernels define the meaning of the residuals.
 */
import * as tf from '@tensorflow/tfjs-core';

/**
 * The tensors that a kernel takes, by name; the gradient's kernel also gets `dy`, the gradient of the op's result.
 */
export type Inputs = Readonly<Record<string, tf.Tensor>>;

/** The plain values that a kernel takes in addition to its tensors: sizes, kinds, constants. */
export type Attributes = tf.NamedAttrMap;

/** Shapes of inputs, by name. */
type InputShapes = Readonly<Record<string, readonly number[]>>;

/** Computes outputs from inputs. Intermediate tensors are disposed of by the caller. */
export type TensorKernel = (inputs: Inputs, attributes: Attributes) => tf.Tensor[];

export interface OpDefinition {
  /** Name of the forward kernel; the gradient's is `${name}Grad`. */
  readonly name: string;
  readonly forward: TensorKernel;
  /** Returns the shape of the result; by default, the shape of the first input. */
  readonly resultShape?: (inputs: InputShapes, attributes: Attributes) => readonly number[];
  /** Inputs that the gradient kernel reads, by name. */
  readonly savedInputs: readonly string[];
  /** Inputs that have a gradient, in the order in which the gradient kernel returns them. */
  readonly differentiable: readonly string[];
  /**
   * Computes the gradients from `dy`, the saved inputs and `residual0`, `residual1`, …. Each output
   * is a new tensor, never an input.
   */
  readonly backward: TensorKernel;
}

/** Maximum number of residuals: outputs of a forward kernel, after its result, that the gradient kernel may use. */
export const MAX_RESIDUALS = 4;

const definitions: OpDefinition[] = [];

/** All ops, in the order in which they were defined. */
export function opDefinitions(): readonly OpDefinition[] {
  return definitions;
}

/** Registers the op's gradient with tfjs and returns the function that runs the op. */
export function defineOp(
  op: OpDefinition,
): (inputs: Inputs, attributes: Attributes) => tf.Tensor[] {
  const { name, savedInputs, differentiable } = op;
  definitions.push(op);
  tf.registerGradient({
    kernelName: name,
    inputsToSave: [...savedInputs],
    outputsToSave: [false, ...new Array<boolean>(MAX_RESIDUALS).fill(true)],
    gradFunc: (dy, saved, attributes) => {
      const inputs: Record<string, tf.Tensor> = { dy: Array.isArray(dy) ? dy[0] : dy };
      saved.forEach((tensor, i) => {
        inputs[savedInputs[i] ?? `residual${i - savedInputs.length}`] = tensor;
      });
      const gradients = runKernel(`${name}Grad`, op.backward, inputs, attributes);
      return Object.fromEntries(differentiable.map((input, i) => [input, () => gradients[i]]));
    },
  });
  return (inputs, attributes) => runKernel(name, op.forward, inputs, attributes);
}

/**
 * Registers the composed form of every op for a backend, in place of its own kernels. Tests compare engines
 * with it.
 */
export function registerComposedKernels(backendName: string): void {
  for (const { name, forward, backward } of definitions) {
    replaceKernel(name, backendName, kernelFunc(forward));
    replaceKernel(`${name}Grad`, backendName, kernelFunc(backward));
  }
}

/**
 * Returns an op's kernel that is composed of tfjs ops, for engines whose own kernel does not support all attributes
 * of the op.
 */
export function composedKernelOf(kernelName: string): tf.KernelFunc {
  const op = definitions.find(({ name }) => kernelName === name || kernelName === `${name}Grad`);
  if (!op) throw new RangeError(`kernelName: expected that of an op, got ${kernelName}`);
  return kernelFunc(kernelName === op.name ? op.forward : op.backward);
}

/** Registers a kernel with tfjs for a backend. It replaces the backend's earlier kernel of that name. */
export function replaceKernel(
  kernelName: string,
  backendName: string,
  kernelFunc: tf.KernelFunc,
): void {
  if (hasKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc });
}

/** Runs the current backend's kernel of this name. A backend without one gets the composed kernel. */
function runKernel(
  kernelName: string,
  composed: TensorKernel,
  inputs: Inputs,
  attributes: Attributes,
): tf.Tensor[] {
  const backendName = tf.getBackend();
  if (!hasKernel(kernelName, backendName)) {
    replaceKernel(kernelName, backendName, kernelFunc(composed));
  }
  const outputs: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(kernelName, inputs, attributes);
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** Returns a kernel as tfjs registers it. All tensors that it makes, except its outputs, are disposed of. */
export function kernelFunc(kernel: TensorKernel): tf.KernelFunc {
  // The casts: at run time the inputs are the tensors that runKernel was given.
  return ({ inputs, attrs }) => tf.tidy(() => kernel(inputs as Inputs, attrs as Attributes));
}

function hasKernel(kernelName: string, backendName: string): boolean {
  // The cast: tfjs declares that a kernel is always found, and returns undefined.
  return (tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined) !== undefined;
}

/**
 * The part of an engine that every engine has: its name and its kernels. Interfaces with further optional hooks
 * extend this one, such as `TrainingEngine`. Code that uses them casts the result of `currentEngine()` to its own
 * interface. `LoadedEngine` combines all of these interfaces.
 */
export interface KernelEngine {
  /** Name of the engine's tfjs backend. */
  readonly name: string;
  /** Kernels by name, for ops of core and of tfjs; an op without one runs in its composed form. */
  readonly kernels: Readonly<Record<string, tf.KernelFunc>>;
}

const engines = new Map<string, KernelEngine>();

/** Stores an engine for `currentEngine`, and replaces one of the same name. */
export function keepEngine(engine: KernelEngine): void {
  engines.set(engine.name, engine);
}

/** Returns the engine of tfjs's current backend; `undefined` for a backend that no engine is registered for. */
export function currentEngine(): KernelEngine | undefined {
  return engines.get(tf.getBackend());
}
