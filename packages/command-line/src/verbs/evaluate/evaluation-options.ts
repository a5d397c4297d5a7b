import { formatDuration } from '../../format/format-number.js';
import type { DomainCall } from '../../verb/verb.js';
import { tellRepairs } from '../../verb/output.js';
import type { OpenModel } from '../../model/open-model.js';
import type { EvaluationOptions } from './evaluation-data.js';

/** Returns a function that shows the completed fraction and the remaining time. */
export function timedProgress(
  { output, io: { clock } }: Pick<DomainCall<object>, 'output' | 'io'>,
  what: string,
): (share: number) => void {
  const startMs = clock.now();
  return (share) => {
    const seconds = (clock.now() - startMs) / 1000;
    const left =
      share > 0 && seconds > 5 ? `, ${formatDuration(seconds / share - seconds)} left` : '';
    output.progress(`${what}: ${Math.round(100 * share)} %${left}`);
  };
}

/** Returns the options for reading data for a model, with a line of progress and warnings. */
export function evaluationOptions(
  { app, output }: Pick<DomainCall<object>, 'app' | 'output'>,
  { domain, model, description }: OpenModel,
): EvaluationOptions {
  return {
    app,
    domain,
    contextLength: model.config.contextLength,
    batchSize: description.training.batchSize,
    onProgress: (share) => output.progress(`reading: ${Math.round(100 * share)} %`),
    onSkip: (reason) => void output.warn(`left out: ${reason}`),
    onCut: (warning) => void output.warn(warning),
    onRepair: tellRepairs(output),
  };
}
