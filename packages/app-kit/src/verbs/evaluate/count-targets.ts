import type { DomainCall } from '../../cli/verb.js';
import { findData, findOptions } from '../../data/find-data.js';
import type { OpenModel } from '../../model/open-model.js';
import { openEvaluationData } from './evaluation-data.js';
import { evaluationOptions } from './evaluation-options.js';
import { type TargetCounts, targetCounts } from './target-counts.js';
import { watchTargets } from './watch-targets.js';

/** Counts what a model would have to predict of some data, which it is not asked to do. */
export async function countTargets(
  call: Pick<DomainCall<object>, 'app' | 'io' | 'output'>,
  open: OpenModel,
  paths: readonly string[],
): Promise<TargetCounts> {
  const found = await findData(paths, { ...findOptions(call), flag: 'trainData' });
  const data = await openEvaluationData(found, evaluationOptions(call, open));
  const counts = targetCounts(open.model.config.vocabSize);
  const show = (sequences: number): void =>
    call.output.progress(`counting: ${Math.round((100 * sequences) / data.sequences)} %`);
  const batches = watchTargets(data.batches, counts.add, show);
  try {
    while ((await batches.next()).done !== true);
  } finally {
    await data.close();
  }
  return counts;
}
