import { scoringFeature } from '@ramble/core';
import type { Session } from './session.js';

/**
 * What the score of the validation outputs is called: `BLEU`. Names come with scores, so one empty
 * output is scored.
 *
 * @returns `undefined` where outputs have no score, or none are scored.
 */
export function scoreName({ app, domain, data, run }: Session): string | undefined {
  const example = data.validationExamples?.[0];
  const { scoredExamples } = run.description.training;
  const scoring = scoringFeature.of(app);
  if (!scoring || example === undefined || scoredExamples === 0) return undefined;
  return scoring.score([domain.decodeOutput([])], [example])[0].name;
}
