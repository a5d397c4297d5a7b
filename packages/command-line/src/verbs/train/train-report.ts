import type { TrainingResult } from '@ramble/core';
import { countParameters } from '@ramble/core/model';
import { counted } from '@ramble/core/files';

import { formatCount, formatDuration } from '../../format/format-number.js';
import { shellQuoted } from '../../format/shell-quoted.js';
import { describeRanks, type ReportedRanks } from '../../report/report-words.js';
import type { TrainingEnd } from './run-training.js';
import type { SampledOutput } from './sampled-output.js';
import type { Session } from './session.js';

/** Output of `train --json` at the end. */
export interface TrainReport {
  readonly run: string;
  /** Why it ended. */
  readonly reason: TrainingResult['reason'];
  readonly step: number;
  /** The last one that was measured in this call. */
  readonly validationLoss?: number;
  /** The last score of outputs that was measured in this call. */
  readonly validationScore?: number;
  readonly bestLoss?: number;
  readonly bestScore?: number;
  readonly bestStep?: number;
  readonly parameters: number;
  readonly tokensSeen: number;
  /** Over all calls. */
  readonly elapsedSeconds: number;
  readonly engine: string;
  /** The processes that trained together; absent for one alone. */
  readonly ranks?: ReportedRanks;
  readonly samples: readonly SampledOutput[];
}

export function trainReport(
  { run, model, hosts }: Session,
  { reason, state, validationLoss, validationScore, waitedShare }: TrainingEnd,
  samples: readonly SampledOutput[],
): TrainReport {
  const { step, bestLoss, bestScore, bestStep, tokensSeen, elapsedSeconds } = state;
  return {
    run: run.storage.name,
    reason,
    step,
    validationLoss,
    validationScore,
    bestLoss,
    bestScore,
    bestStep,
    parameters: countParameters(model.config),
    tokensSeen,
    elapsedSeconds,
    engine: run.description.engine,
    ...(hosts && { ranks: { hosts, waitedShare } }),
    samples,
  };
}

/** Formats a report as a few lines of text. */
export function describeReport(report: TrainReport, command: string): string[] {
  const { run, step, bestLoss, bestStep = 0, parameters, elapsedSeconds, engine, ranks } = report;
  const loss =
    bestLoss === undefined
      ? ''
      : `, validation loss ${bestLoss.toFixed(4)} at step ${formatCount(bestStep)}`;
  return [
    `${run}: ${formatCount(parameters)} parameters, ${counted(step, 'step')} in ${formatDuration(elapsedSeconds)} on ${engine}${loss}`,
    ...(ranks ? [describeRanks(ranks)] : []),
    `Look at ${run}/report.html, or try: ${command} sample --model ${shellQuoted(run)}`,
  ];
}
