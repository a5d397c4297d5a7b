import type { DomainCall } from '../../verb/verb.js';
import { tellRepairs } from '../../content/tell-repairs.js';
import type { OpenModel } from '../../model/open-model.js';
import type { EvaluationOptions } from './evaluation-data.js';

/** How data is read for a model, with a line that tells how far it is, and warnings. */
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
