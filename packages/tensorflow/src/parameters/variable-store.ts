import { type ParameterSpec, type ParameterStore, shownTensors, sizeOf } from '@ramble/core/engine';
import {
  clipFactor,
  type ElementwiseRule,
  isMuonMatrix,
  muonFactor,
  type MuonRule,
  orthogonalize,
  restOfMuon,
  type Slot,
  type UpdateRule,
} from '@ramble/core/training';
import * as tf from '@tensorflow/tfjs-core';

import { attribute, DTYPE, raw, runOp } from '../raw-ops.js';

/** Makes a store with parameters and moments in TensorFlow's variables. */
export function variableStore(specs: readonly ParameterSpec[]): ParameterStore {
  const shapes = new Map(specs.map(({ name, shape }) => [name, [...shape]]));
  const makeVariables = (): Map<string, Variable> =>
    new Map(specs.map(({ name, shape }) => [name, createVariable(shape)]));
  const values = makeVariables();
  const slots: Partial<Record<Slot, Map<string, Variable>>> = {
    mean: makeVariables(),
    variance: makeVariables(),
  };
  const find = (name: string, kind?: Slot): Variable => {
    const found = (kind ? (slots[kind] ??= makeVariables()) : values).get(name);
    if (!found)
      throw new RangeError(`${name}: expected a parameter of this model, got an unknown name`);
    return found;
  };
  const { tensors, release } = shownTensors(specs, ({ name }) => find(name).read());

  return {
    specs,
    tensors,
    update: (gradients, rule, clipNorm) =>
      tf.tidy(() => {
        const norm = globalNorm(specs.map(({ name }) => gradients[name]));
        if (!Number.isFinite(norm)) return norm;
        release(); // otherwise every update would copy the values of these tensors
        const factor = clipFactor(norm, clipNorm);
        for (const spec of specs) {
          const { name } = spec;
          tf.tidy(() => {
            const gradient = factor === 1 ? gradients[name] : raw.scale(gradients[name], factor);
            applyUpdate(rule, spec, find(name), gradient, (kind) => find(name, kind));
          });
        }
        return norm;
      }),
    read: (name, kind) => {
      const tensor = tf.tidy(() => find(name, kind).read());
      const copy = tensor.dataSync<'float32'>();
      tensor.dispose();
      return copy;
    },
    write: (name, written, kind) => {
      const variable = find(name, kind);
      const shape = shapes.get(name) as number[]; // exists for each parameter that was found
      if (written.length !== sizeOf(shape)) {
        throw new RangeError(`${name}: expected ${sizeOf(shape)} values, got ${written.length}`);
      }
      if (!kind) release();
      // A copy, because TensorFlow may use the array of a tensor from JavaScript.
      tf.tidy(() => variable.assign(raw.deepCopy(tf.tensor(written, shape))));
    },
    dispose: () => {
      release();
      for (const variables of [values, ...Object.values(slots)]) {
        variables.forEach((variable) => variable.dispose());
      }
    },
  };
}

/** Returns the L2 norm of all gradients together. */
function globalNorm(gradients: readonly tf.Tensor[]): number {
  const halves = gradients.map((gradient) => raw.l2Loss(gradient));
  return Math.sqrt(2 * raw.addAll(halves).dataSync<'float32'>()[0]);
}

const float32 = attribute.type('T', DTYPE.float32);
const unlocked = attribute.flag('use_locking', false);
const nesterov = (value: boolean) => attribute.flag('use_nesterov', value);

/** Updates one parameter in place. */
function applyUpdate(
  rule: UpdateRule,
  spec: ParameterSpec,
  parameter: Variable,
  gradient: tf.Tensor,
  slot: (kind: Slot) => Variable,
): void {
  if (rule.kind === 'muon' && isMuonMatrix(spec)) {
    applyMuon(rule, parameter, gradient, slot('mean'));
    return;
  }
  const own = rule.kind === 'muon' ? restOfMuon(rule) : rule;
  const decayed = spec.shape.length > 1 ? own : { ...own, weightDecay: 0 };
  applyElementwise(decayed, parameter, gradient, slot);
}

/** Updates each number of a parameter independently. Core's `applyUpdate` is the reference in TypeScript. */
function applyElementwise(
  rule: ElementwiseRule,
  parameter: Variable,
  gradient: tf.Tensor,
  slot: (kind: Slot) => Variable,
): void {
  switch (rule.kind) {
    case 'adam':
      applyAdam(rule, parameter, gradient, slot('mean'), slot('variance'));
      return;
    case 'sgd':
      applyMomentum(rule, parameter, gradient, slot('mean'));
  }
}

/**
 * Applies a step of Adam. TensorFlow would correct for the bias within the learning rate, in 32 bits and with epsilon
 * before the correction. So the learning rate and epsilon are passed with the correction, and the powers of beta as
 * 0, which switches TensorFlow's correction off.
 */
function applyAdam(
  rule: ElementwiseRule & { kind: 'adam' },
  parameter: Variable,
  gradient: tf.Tensor,
  mean: Variable,
  variance: Variable,
): void {
  const { learningRate, beta1, beta2, eps, weightDecay, decay, count } = rule;
  const factor = decay === 'decoupled' ? 1 - learningRate * weightDecay : 1;
  if (factor !== 1) parameter.assign(raw.scale(parameter.read(), factor));
  const whole = withL2(gradient, parameter, decay === 'coupled' ? weightDecay : 0);
  const correction = Math.sqrt(1 - beta2 ** count);
  const rate = (learningRate * correction) / (1 - beta1 ** count);
  const scalars = [0, 0, rate, beta1, beta2, eps * correction].map((number) => tf.scalar(number));
  const inputs = [parameter.handle(), mean.handle(), variance.handle(), ...scalars, whole];
  runOp('ResourceApplyAdam', [float32, unlocked, nesterov(false)], inputs, 0);
}

function applyMomentum(
  rule: ElementwiseRule & { kind: 'sgd' },
  parameter: Variable,
  gradient: tf.Tensor,
  velocity: Variable,
): void {
  const whole = withL2(gradient, parameter, rule.weightDecay);
  const [rate, momentum] = [tf.scalar(rule.learningRate), tf.scalar(rule.momentum)];
  const inputs = [parameter.handle(), velocity.handle(), rate, whole, momentum];
  runOp('ResourceApplyMomentum', [float32, unlocked, nesterov(rule.nesterov)], inputs, 0);
}

/** Applies a step of Muon to a matrix. Core's `updateByMuon` is the reference in TypeScript. */
function applyMuon(
  { learningRate, momentum, nesterov, weightDecay }: MuonRule,
  parameter: Variable,
  gradient: tf.Tensor,
  velocity: Variable,
): void {
  const mixed = (values: tf.Tensor): tf.Tensor =>
    raw.add(raw.scale(values, momentum), raw.scale(gradient, 1 - momentum));
  const moved = mixed(velocity.read());
  const direction = nesterov ? mixed(moved) : moved;
  const [orthogonal] = orthogonalize([tf.expandDims<tf.Tensor3D>(direction)]);
  const step = tf.squeeze(orthogonal, [0]);
  const shrunk = raw.scale(parameter.read(), 1 - learningRate * weightDecay);
  const factor = -learningRate * muonFactor(direction.shape);
  const updated = raw.add(shrunk, raw.scale(step, factor));
  velocity.assign(moved);
  parameter.assign(updated);
}

/** Adds the gradient of `decay / 2 * |parameter|^2` to a gradient. */
function withL2(gradient: tf.Tensor, parameter: Variable, decay: number): tf.Tensor {
  if (decay === 0) return gradient;
  return tf.tidy(() => raw.add(gradient, raw.scale(parameter.read(), decay)));
}

/** An array in a TensorFlow resource, which its ops update in place. */
interface Variable {
  /** Returns the resource for ops. */
  handle(): tf.Tensor;
  /** Returns the values without a copy. While the tensor exists, an update copies them first. */
  read(): tf.Tensor;
  assign(values: tf.Tensor): void;
  dispose(): void;
}

const dtype = attribute.type('dtype', DTYPE.float32);
let made = 0;

/** Makes a variable of zeros. Memory is allocated at its first use. */
function createVariable(shape: readonly number[]): Variable {
  const name = attribute.text('shared_name', `ramble-${made++}`);
  const container = attribute.text('container', '');
  const attributes = [container, name, dtype, attribute.shape('shape', shape)];
  const resource = tf.keep(runOp('VarHandleOp', attributes, [])[0]);
  let hasValues = false;
  const assign = (values: tf.Tensor): void => {
    runOp('AssignVariableOp', [dtype], [resource, values], 0);
    hasValues = true;
  };
  const handle = (): tf.Tensor => {
    if (!hasValues) tf.tidy(() => assign(tf.fill([...shape], 0)));
    return resource;
  };
  return {
    handle,
    read: () => runOp('ReadVariableOp', [dtype], [handle()])[0],
    assign,
    dispose: () => {
      runOp('DestroyResourceOp', [attribute.flag('ignore_lookup_error', true)], [resource], 0);
      resource.dispose();
    },
  };
}
