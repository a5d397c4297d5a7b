import * as tf from '@tensorflow/tfjs-core';

/**
 * The part of an engine that every engine has. A room that lets an engine do more extends it by
 * that, and asks `currentEngine` for the engine in this form; `LoadedEngine` is all forms together.
 */
export interface KernelEngine {
  /** The name of its tfjs backend. */
  readonly name: string;
  /** Kernels by name, for ops of core and of tfjs; an op without one runs in its composed form. */
  readonly kernels: Readonly<Record<string, tf.KernelFunc>>;
}

const engines = new Map<string, KernelEngine>();

/** Keeps an engine for `currentEngine`, in place of one of the same name. */
export function keepEngine(engine: KernelEngine): void {
  engines.set(engine.name, engine);
}

/** Returns the engine of tfjs's current backend; `undefined` for a backend that no engine is registered for. */
export function currentEngine(): KernelEngine | undefined {
  return engines.get(tf.getBackend());
}
