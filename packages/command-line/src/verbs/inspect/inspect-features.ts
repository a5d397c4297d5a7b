import { defineFeature, shape } from '@ramble/core/app';
import type { PromptAttention } from '@ramble/core/study';

/**
 * Draws what a prompt's tokens attend to, in the terms of the domain: HTML or SVG in one file, for
 * `inspect --attention-picture`.
 *
 * @param title - Plain text.
 */
type DrawAttention = (study: PromptAttention, title: string) => string;

/** Pictures of attention in the terms of the domain. */
export const drawAttentionFeature = defineFeature<DrawAttention>('drawAttention', shape.fn());
