import { samplingConfig } from '@ramble/core';

import { writeOutputs } from '../../outputs/write-outputs.js';
import type { Session } from './session.js';

/** Sequences that are written side by side. */
const BATCH_SIZE = 64;

/**
 * Scores what the model answers to some validation examples, greedily; the app's first score.
 *
 * @param tell - Told what goes on.
 * @returns `undefined` where outputs have no score, or none are to be scored.
 */
export function outputScore(
  { app, domain, model, data, run }: Session,
  tell: (what: string) => void,
): (() => Promise<number>) | undefined {
  const { scoring } = app;
  const examples = data.validationExamples?.slice(0, run.description.training.scoredExamples) ?? [];
  if (!scoring || examples.length === 0) return undefined;
  const prompts = examples.map((example) => scoring.promptOf(example));
  const { maxNewTokens } = samplingConfig(app.sampling);
  const sampling = { method: 'greedy', maxNewTokens } as const;
  return async () => {
    const onProgress = (share: number): void => {
      tell(`writing outputs to score: ${Math.round(100 * share)} %`);
    };
    const options = { sampling, batchSize: BATCH_SIZE, onProgress };
    const outputs = await writeOutputs({ app, domain, model }, prompts, options);
    return scoring.score(outputs, examples)[0].score;
  };
}
