import { readLog, type Run } from '@ramble/core';

import { formatCount } from '../format/format-count.js';
import { formatDuration } from '../format/format-duration.js';
import { settingWords } from '../format/setting-words.js';
import { logCharts } from './log-charts.js';
import { reportPage, type ReportSample } from './report-page.js';

/** What a training came to. */
export interface ReportedTraining {
  readonly step: number;
  readonly bestLoss?: number;
  readonly bestStep?: number;
  readonly parameters: number;
  readonly tokensSeen: number;
  readonly elapsedSeconds: number;
  readonly samples: readonly ReportSample[];
}

/** Writes a run's report.html: curves, samples and settings. */
export async function writeReport(
  { storage, description }: Run,
  training: ReportedTraining,
): Promise<void> {
  const { domain, model, training: config, data, engine } = description;
  const { bestLoss, bestStep = 0, samples } = training;
  const best: Record<string, string> =
    bestLoss === undefined
      ? {}
      : { 'best validation loss': `${bestLoss.toFixed(4)} at step ${formatCount(bestStep)}` };
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
    },
    figures: logCharts(await readLog(storage)),
    samples,
    settings: {
      Model: settingWords(model),
      Training: settingWords(config),
      Domain: settingWords({
        name: domain.name,
        ...domain.options,
        fingerprint: domain.fingerprint,
      }),
      Data: Object.fromEntries(
        Object.entries(data).map(([name, { path, sha256 }]) => [
          name,
          `${path} (sha256 ${sha256})`,
        ]),
      ),
    },
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
