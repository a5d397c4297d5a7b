import { type Clock, samplingConfig, scoringFeature } from '@ramble/core';

import { writeOutputs } from '../../outputs/write-outputs.js';
import type { Session } from './session.js';

/** Sequences that are written side by side. */
const BATCH_SIZE = 64;
/** Share of a time limit that writing outputs to score may take at each evaluation. */
const MOST_SHARE = 0.05;

export interface OutputScoreOptions {
  /** Told what goes on. */
  readonly tell: (what: string) => void;
  /** Told how many of the examples are scored, where time allows no more. */
  readonly onLimit: (scored: number, examples: number) => void;
  readonly clock: Clock;
}

/**
 * Scores what the model answers to some validation examples, greedily; the app's first score. Of a
 * training whose time is limited the first evaluation finds out how many there is time for; the others
 * score the same ones.
 *
 * @returns `undefined` where outputs have no score, or none are to be scored.
 */
export function outputScore(
  { app, domain, model, data, run }: Session,
  { tell, onLimit, clock }: OutputScoreOptions,
): (() => Promise<number>) | undefined {
  const { maxMinutes } = run.description.training;
  const limitMs = maxMinutes > 0 ? MOST_SHARE * 60_000 * maxMinutes : Infinity;
  const scoring = scoringFeature.of(app);
  const examples = data.validationExamples?.slice(0, run.description.training.scoredExamples) ?? [];
  if (!scoring || examples.length === 0) return undefined;
  const prompts = examples.map((example) => scoring.promptOf(example));
  const { maxNewTokens } = samplingConfig(app.sampling);
  const sampling = samplingConfig({ method: 'greedy', maxNewTokens });
  let count = examples.length;
  let isFirst = true;
  return async () => {
    const startMs = clock.now();
    const outputs: unknown[] = [];
    while (outputs.length < count) {
      const done = outputs.length;
      const some = prompts.slice(done, Math.min(done + BATCH_SIZE, count));
      const onProgress = (share: number): void => {
        const percent = Math.round((100 * (done + share * some.length)) / count);
        tell(`writing outputs to score: ${percent} %`);
      };
      const options = { sampling, batchSize: BATCH_SIZE, onProgress };
      outputs.push(...(await writeOutputs({ app, domain, model }, some, options)));
      if (!isFirst || clock.now() - startMs < limitMs || outputs.length === count) continue;
      count = outputs.length;
      onLimit(count, examples.length);
    }
    isFirst = false;
    return scoring.score(outputs, examples.slice(0, count))[0].score;
  };
}
