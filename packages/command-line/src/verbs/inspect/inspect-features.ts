import { defineFeature, shape } from '@ramble/core/app';
import type { PromptAttention } from '@ramble/core/study';
import type { AttentionPicture } from '@ramble/explorer/pages';

/** Attention of a prompt's tokens in the terms of the domain: `inspect --attention-picture` draws it. */
export const attentionPictureFeature = defineFeature<(study: PromptAttention) => AttentionPicture>(
  'attentionPicture',
  shape.fn(),
);
