import { defineFeature, shape } from '@ramble/core/app';

/** Training on plain text before training on examples: `curve --pretrain-steps`. */
export interface Pretraining<Example, Options> {
  /** Name of the app that learns text. */
  readonly app: string;
  /** Derives the options of the text app from this app's options. */
  options(own: Options): Readonly<Record<string, unknown>>;
  /** The texts in an example, a document each. */
  textsOf(example: Example): readonly string[];
}

/** Pretraining of this domain's models on text. */
export const pretrainingFeature = defineFeature<Pretraining<unknown, unknown>>(
  'pretraining',
  shape.object(),
);
