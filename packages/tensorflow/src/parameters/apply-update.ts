import type { Slot, UpdateRule } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { raw } from '../raw-ops.js';
import { attribute, DTYPE, runOp } from '../tensorflow-backend.js';
import type { Variable } from './variable.js';

const float32 = attribute.type('T', DTYPE.float32);
const unlocked = attribute.flag('use_locking', false);
const nesterov = (value: boolean) => attribute.flag('use_nesterov', value);

/** Updates one parameter in place; core's `applyUpdate` is the plain form. */
export function applyUpdate(
  rule: UpdateRule,
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
 * TensorFlow corrects for the bias within the learning rate, in 32 bits and with epsilon before the
 * correction; so both come corrected, and the powers of beta that it would correct by are 0.
 */
function applyAdam(
  rule: UpdateRule & { kind: 'adam' },
  parameter: Variable,
  gradient: tf.Tensor,
  mean: Variable,
  variance: Variable,
): void {
  const { learningRate, beta1, beta2, eps, weightDecay, decay, count } = rule;
  if (decay === 'decoupled') shrink(parameter, 1 - learningRate * weightDecay);
  const whole = withL2(gradient, parameter, decay === 'coupled' ? weightDecay : 0);
  const correction = Math.sqrt(1 - beta2 ** count);
  const rate = (learningRate * correction) / (1 - beta1 ** count);
  const scalars = [0, 0, rate, beta1, beta2, eps * correction].map((number) => tf.scalar(number));
  const inputs = [parameter.handle(), mean.handle(), variance.handle(), ...scalars, whole];
  runOp('ResourceApplyAdam', [float32, unlocked, nesterov(false)], inputs, 0);
}

function applyMomentum(
  rule: UpdateRule & { kind: 'sgd' },
  parameter: Variable,
  gradient: tf.Tensor,
  velocity: Variable,
): void {
  const whole = withL2(gradient, parameter, rule.weightDecay);
  const [rate, momentum] = [tf.scalar(rule.learningRate), tf.scalar(rule.momentum)];
  const inputs = [parameter.handle(), velocity.handle(), rate, whole, momentum];
  runOp('ResourceApplyMomentum', [float32, unlocked, nesterov(rule.nesterov)], inputs, 0);
}

function shrink(parameter: Variable, factor: number): void {
  if (factor !== 1) parameter.assign(raw.scale(parameter.read(), factor));
}

/** The gradient with that of `decay / 2 * |parameter|^2`. */
function withL2(gradient: tf.Tensor, parameter: Variable, decay: number): tf.Tensor {
  if (decay === 0) return gradient;
  return tf.tidy(() => raw.add(gradient, raw.scale(parameter.read(), decay)));
}
