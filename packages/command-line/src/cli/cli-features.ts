import { defineFeature, shape } from '@ramble/core/app';

/**
 * Examples for the help of verbs, by verb: the words after `ramble DOMAIN VERB`. The general examples continue
 * text.
 */
export const helpExamplesFeature = defineFeature<Readonly<Record<string, readonly string[]>>>(
  'helpExamples',
  shape.object(),
);
