import type { AnyDomain } from '@ramble/core';
import { defineFeature, type HuggingFaceForm, shape } from '@ramble/core/app';

const { fn, object } = shape;

/** How `export` and `import` store the vocabulary in a Hugging Face folder; absent if they keep none. */
export const huggingFaceFeature = defineFeature<HuggingFaceForm<AnyDomain>>(
  'huggingFace',
  object({ read: fn(), write: fn() }),
);
