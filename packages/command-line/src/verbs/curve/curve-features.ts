import { defineFeature, shape } from '@ramble/core/app';

/** Training on plain text before training on examples: `curve --pretrain-steps`. */
export interface Pretraining<Example, Options> {
  /** Name of the app whose models are pretrained on text. */
  readonly app: string;
  /** Derives the options of the text app from this app's options. */
  options(own: Options): Readonly<Record<string, unknown>>;
  /** Returns the texts in an example; each becomes a document. */
  textsOf(example: Example): readonly string[];
}

/** Feature of apps whose models can be pretrained on text. */
export const pretrainingFeature = defineFeature<Pretraining<unknown, unknown>>(
  'pretraining',
  shape.object(),
);
