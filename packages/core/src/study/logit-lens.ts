import * as tf from '@tensorflow/tfjs-core';

import type { TokenPrompt, Vocabulary } from '../domain/domain.js';
import { forwardOps, logitsOf } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { residualStreams } from '../model/transformer.js';
import { likeliestTokens, type NextToken } from '../sampling/explorer.js';
import { promptBatch } from './cache-growth.js';

/** The predictions of the logit lens at one layer. */
export interface LensReading {
  /** Number of blocks before the prediction: 0 for the embeddings, `nLayer` for the model's output. */
  readonly blocks: number;
  /** The most likely next tokens, most likely first. */
  readonly tokens: readonly NextToken[];
}

/**
 * Returns the predictions that the model would make if it ended after each block: the final norm and the output
 * projection, applied to the stream at the last token.
 *
 * @param count - Number of tokens of each prediction, at most the size of the vocabulary.
 * @throws RangeError for an empty prompt or one longer than the context.
 * @see nostalgebraist 2020, "interpreting GPT: the logit lens"
 */
export function logitLens(
  { config, decoder, parameters: store }: Model,
  prompt: TokenPrompt,
  vocabulary: Pick<Vocabulary, 'describe'>,
  count: number,
): LensReading[] {
  const batch = promptBatch(config, prompt);
  const last = batch.tokens.length - 1;
  const readings: LensReading[] = [];
  tf.tidy(() => {
    const parameters = store.tensors();
    const ops = forwardOps(decoder, parameters, batch);
    const read = (x: tf.Tensor2D): void => {
      const logits = tf.tidy(() => {
        const stream = tf.slice(x, [last, 0], [1, config.nEmbd]);
        return logitsOf(config, parameters, ops.norm(stream, 'finalNorm'));
      });
      const tokens = likeliestTokens(logits.dataSync(), vocabulary, count);
      readings.push({ blocks: readings.length, tokens });
    };
    residualStreams(decoder, ops).forEach(read);
  });
  return readings;
}
