import {
  checkOutputCount,
  promptWindow,
  type SamplingRules,
  samplingRules,
  type ScheduledRequest,
  type TokenPrompt,
} from '@ramble/core';

import { BATCH_SIZE } from '../batch/model-batch.js';
import type { WriteQuestion } from '../contract.js';
import type { ExploredModel } from '../models/explored-model.js';
import { outputRules } from '../models/output-rules.js';

/** A checked question for outputs. */
export interface WritingPlan {
  readonly explored: ExploredModel;
  readonly prompt: TokenPrompt;
  /** The part of the prompt that the model reads. */
  readonly window: ScheduledRequest['prompt'];
  readonly rules: SamplingRules;
  /** Number of outputs that are sampled; 1 with beams. */
  readonly count: number;
  /** Number of rivals that are told of each token. */
  readonly rivals: number;
}

/**
 * Checks a question for outputs, as `generate` does.
 *
 * @throws TypeError or RangeError that names the setting, or the field.
 */
export function writingPlan(
  explored: ExploredModel,
  { prompt, sampling, options, count, rivals }: WriteQuestion,
): WritingPlan {
  const { domain, model } = explored;
  const { config, grammar } = outputRules(explored, sampling, options);
  const { numBeams } = config;
  if (numBeams > BATCH_SIZE) {
    throw new RangeError(`numBeams: expected at most ${BATCH_SIZE}, got ${numBeams}`);
  }
  checkOutputCount(count, config);
  const { stopTokens } = domain;
  const rules = samplingRules(model.config.vocabSize, config, { stopTokens, grammar });
  const window = promptWindow(model.decoder, prompt, { grammar });
  return { explored, prompt, window, rules, count, rivals };
}
