import * as tf from '@tensorflow/tfjs-core';

import { attribute, runOp } from '../raw-ops.js';

/** An array in a TensorFlow resource, which its ops update in place. */
export interface Variable {
  /** The resource, as ops take it. */
  readonly handle: tf.Tensor;
  /** The values without a copy; while it lives an update copies them first. */
  read(): tf.Tensor;
  assign(values: tf.Tensor): void;
  dispose(): void;
}

let made = 0;

/** A variable of zeros. */
export function createVariable(shape: readonly number[]): Variable {
  const dtype = attribute.float32('dtype');
  const name = attribute.text('shared_name', `ramble-${made++}`);
  const container = attribute.text('container', '');
  const attributes = [container, name, dtype, attribute.shape(shape)];
  const handle = tf.keep(runOp('VarHandleOp', attributes, [])[0]);
  const assign = (values: tf.Tensor): void =>
    void runOp('AssignVariableOp', [dtype], [handle, values], 0);
  tf.tidy(() => assign(tf.fill([...shape], 0)));
  return {
    handle,
    read: () => runOp('ReadVariableOp', [dtype], [handle])[0],
    assign,
    dispose: () => {
      runOp('DestroyResourceOp', [attribute.flag('ignore_lookup_error', false)], [handle], 0);
      handle.dispose();
    },
  };
}
