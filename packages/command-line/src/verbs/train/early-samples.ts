import type { Clock } from '@ramble/core';
import { appendSamples } from '@ramble/runs';

import { sampleOutputs } from './sample-outputs.js';
import type { Session } from './session.js';

/** Share of the time since the last sample that a sample may take. */
const SHARE = 0.01;
/** No sample is begun in less time than that. */
const LEAST_SECONDS = 0.1;

/**
 * Keeps an output of the model at an evaluation, so that whoever watches a training sees it learn. Short trainings
 * have no time for one.
 *
 * @param signal - Ends an output that is being written.
 * @param tell - Told what goes on.
 * @returns a function that is called with the step of each evaluation.
 */
export function earlySamples(
  session: Session,
  clock: Clock,
  signal: AbortSignal,
  tell: (what: string) => void,
): (step: number) => Promise<void> {
  let beforeMs = clock.now();
  return async (step) => {
    const seconds = (SHARE * (clock.now() - beforeMs)) / 1000;
    if (seconds < LEAST_SECONDS) return;
    const timeLimit = { clock, seconds };
    const samples = await sampleOutputs(session, signal, tell, { count: 1, timeLimit });
    await appendSamples(
      session.run.storage,
      samples.map(({ prompt, output, reference }) => ({ step, prompt, output, reference })),
    );
    beforeMs = clock.now();
  };
}
