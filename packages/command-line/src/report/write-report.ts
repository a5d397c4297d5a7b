import { type AnyApp, checkSettings, modelConfig, trainingConfig } from '@ramble/core';
import { reportPage, type ReportSample } from '@ramble/explorer/pages';
import { readLog, type Run } from '@ramble/runs';

import { formatCount, formatDuration } from '../format/format-number.js';
import { describeRanks, type ReportedRanks, splitSettings } from './report-words.js';
import { logFigures } from './log-charts.js';

/** The results of a training. */
export interface ReportedTraining {
  readonly step: number;
  readonly bestLoss?: number;
  readonly bestStep?: number;
  readonly parameters: number;
  readonly tokensSeen: number;
  readonly elapsedSeconds: number;
  /** The processes that trained together; absent for a single process. */
  readonly ranks?: ReportedRanks;
  readonly samples: readonly ReportSample[];
}

/** The training that a report describes. */
export interface ReportSubject {
  readonly app: Pick<AnyApp, 'options'>;
  readonly run: Run;
  /** Name of the validation outputs' score, if they are scored. */
  readonly scoreName?: string;
}

/** Writes a run's report.html: curves, samples and settings. */
export async function writeReport(
  { app, run: { storage, description }, scoreName }: ReportSubject,
  training: ReportedTraining,
): Promise<void> {
  const { domain, model, training: config, data, engine } = description;
  const { bestLoss, bestStep = 0, samples, ranks } = training;
  const best: Record<string, string> =
    bestLoss === undefined
      ? {}
      : { 'best validation loss': `${bestLoss.toFixed(4)} at step ${formatCount(bestStep)}` };
  const options = splitSettings({ ...domain.options }, (given) =>
    checkSettings<Record<string, unknown>>(app.options, given),
  );
  const page = reportPage({
    title: lastPart(storage.name),
    subtitle: `ramble ${domain.name} · ${Object.values(data)
      .map(({ path }) => lastPart(path))
      .join(', ')}`,
    facts: {
      ...best,
      parameters: formatCount(training.parameters),
      steps:
        formatCount(training.step) +
        (config.maxSteps === 0 ? '' : ` of ${formatCount(config.maxSteps)}`),
      'tokens seen': formatCount(training.tokensSeen),
      time: formatDuration(training.elapsedSeconds),
      engine,
      ...(ranks && { ranks: describeRanks(ranks) }),
    },
    figures: logFigures(await readLog(storage, () => undefined), scoreName),
    samples,
    settings: {
      Model: splitSettings(model, modelConfig),
      Training: splitSettings(config, trainingConfig),
      Domain: {
        chosen: { name: domain.name, ...options.chosen, fingerprint: domain.fingerprint },
        defaults: options.defaults,
      },
    },
    data,
  });
  await storage.writeText('report.html', page);
}

function lastPart(path: string): string {
  return (
    path
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? path
  );
}
