import {
  appendLog,
  saveCheckpoint,
  train,
  type TrainingBatch,
  type TrainingReport,
  type TrainingResult,
} from '@ramble/core';

import type { DomainCall } from '../../cli/verb.js';
import { formatCount } from '../../format/format-count.js';
import { outputScore } from './output-score.js';
import type { Session } from './session.js';
import { measurePeak, operationsPerToken } from './speed.js';
import type { TrainFlags } from './train-flags.js';
import { type Standing, trainingDisplay } from './training-display.js';
import { trainingMeter } from './training-meter.js';

/** A training that ended, with the last validation loss that it measured. */
export interface TrainingEnd extends TrainingResult {
  readonly validationLoss?: number;
  /** Of outputs, where they are scored. */
  readonly validationScore?: number;
}

/** Trains to the end, and logs, shows and saves what the reports say. */
export async function runTraining(
  session: Session,
  { io, output, flags }: Pick<DomainCall<TrainFlags>, 'io' | 'output' | 'flags'>,
  signal: AbortSignal,
): Promise<TrainingEnd> {
  const { run, model, data, state } = session;
  const { clock } = io;
  const { training: config } = run.description;
  const meter = trainingMeter({
    operationsPerToken: operationsPerToken(model.config),
    peak: measurePeak(clock),
  });
  const display = trainingDisplay(output, config);
  const startMs = clock.now();
  let stepsDone = state.step;
  let validationLoss: number | undefined;
  let validationScore: number | undefined;

  const standing = (step: number): Standing => ({
    step,
    stepsNow: step - state.step,
    secondsNow: (clock.now() - startMs) / 1000,
  });
  const log = async (step: number): Promise<void> => {
    const entry = meter.take();
    if (entry === undefined) return;
    await appendLog(run.storage, entry);
    await display.report(entry, standing(step));
  };
  const handle = async (report: TrainingReport): Promise<void> => {
    const { step } = report;
    switch (report.kind) {
      case 'step':
        stepsDone = step;
        meter.add(report);
        if (step % config.logInterval === 0) await log(step);
        display.step(standing(step));
        return;
      case 'evaluation':
        ({ validationLoss, validationScore } = report);
        await log(step);
        await appendLog(run.storage, {
          step,
          validationLoss,
          validationScore,
          elapsedSeconds: report.state.elapsedSeconds,
        });
        await display.evaluation(report);
        return;
      case 'checkpoint':
        await log(step);
        await saveCheckpoint(run, model, report.state, flags);
    }
  };

  const work = (what: string): void => display.work(stepsDone, what);
  const { batches } = data;
  const validation = (): AsyncIterable<TrainingBatch> => watchBatches(data.validation(), work);
  const score = outputScore(session, work);
  const reports = train({ model, config, batches, validation, score, clock, state, signal });
  for (;;) {
    const next = await reports.next();
    if (next.done) return { ...next.value, validationLoss, validationScore };
    await handle(next.value);
  }
}

/** The same batches, and how many sequences have been used. */
async function* watchBatches(
  batches: AsyncIterable<TrainingBatch>,
  tell: (what: string) => void,
): AsyncGenerator<TrainingBatch> {
  let sequences = 0;
  for await (const batch of batches) {
    yield batch;
    sequences += batch.batchSize;
    tell(`validating: ${formatCount(sequences)} sequences`);
  }
}
