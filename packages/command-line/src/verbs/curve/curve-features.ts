import { defineFeature, shape } from '@ramble/core/app';

/** How a model learns plain text before it learns the examples: `curve --pretrain-steps`. */
export interface Pretraining<Example, Options> {
  /** Name of the app that learns text. */
  readonly app: string;
  /** The options of the text app, derived from those of this app. */
  options(own: Options): Readonly<Record<string, unknown>>;
  /** The texts in an example, a document each. */
  textsOf(example: Example): readonly string[];
}

/** How a model of this domain can start from a model of text. */
export const pretrainingFeature = defineFeature<Pretraining<unknown, unknown>>(
  'pretraining',
  shape.object(),
);
