import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';

import { record, type Recorder } from './record.js';

/** A step of the model and the shape of what it computes. */
export interface StepShape {
  /** Name of the step, as in `ModelStep`. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** The shapes of all that a model computes from a prompt, in order. */
export function stepShapes(model: Model, prompt: TokenPrompt): StepShape[] {
  return record(model, prompt, shapeRecorder());
}

/** Records the shape of every step. */
export function shapeRecorder(): Recorder<StepShape[]> {
  const shapes: StepShape[] = [];
  return {
    watch: ({ name, value }) => shapes.push({ name, shape: value.shape }),
    result: () => shapes,
  };
}
