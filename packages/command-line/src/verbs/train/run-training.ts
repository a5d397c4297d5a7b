import {
  type ModelConfig,
  train,
  type TrainingBatch,
  type TrainingConfig,
  type TrainingReport,
  type TrainingResult,
} from '@ramble/core';
import { spreadBatches, spreadCount } from '@ramble/core/training';
import { appendLog, changeTraining, type Run, saveCheckpoint } from '@ramble/runs';

import type { DomainCall } from '../../verb/verb.js';
import { formatCount } from '../../format/format-number.js';
import { closingSeconds, planNote } from './plan-note.js';
import { earlySamples } from './sample-outputs.js';
import { outputScore, scoreName } from './output-score.js';
import { fewStepsWarning, slowDataWarning } from './few-steps.js';
import type { Session } from './session.js';
import { measurePeak, operationsPerToken } from './speed.js';
import type { Team } from './team.js';
import { type TrainFlags, trainPresets } from './train-flags.js';
import { type Standing, trainingDisplay, trainingMeter } from './training-display.js';

/** A training that ended, with the last validation loss that it measured. */
export interface TrainingEnd extends TrainingResult {
  /** The run, with the number of steps that was planned. */
  readonly run: Run;
  readonly validationLoss?: number;
  /** The score of outputs, if they are scored. */
  readonly validationScore?: number;
  /** Share of the steps' time that this process waited for sums over all; 0 for a process alone. */
  readonly waitedShare: number;
}

/** Trains to the end; the team's speaker logs, shows and saves what the reports say. */
export async function runTraining(
  session: Session,
  { io, output, flags, chosen }: Pick<DomainCall<TrainFlags>, 'io' | 'output' | 'flags' | 'chosen'>,
  signal: AbortSignal,
  team: Team,
): Promise<TrainingEnd> {
  const { model, data, state } = session;
  const { clock } = io;
  let { run } = session;
  const { training: config } = run.description;
  const meter = trainingMeter({
    operationsPerToken: operationsPerToken(model.config),
    peak: measurePeak(clock) * team.size, // the others are taken to be as fast
  });
  const scored = scoreName(session);
  let display = trainingDisplay(output, config, scored);
  const startMs = clock.now();
  let stepsDone = state.step;
  let validationLoss: number | undefined;
  let validationScore: number | undefined;
  let [steps, waited] = [0, 0];

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
    if (writes(report, config)) await checkPresent(run);
    switch (report.kind) {
      case 'step':
        stepsDone = step;
        steps++;
        waited += report.waitedShare ?? 0;
        meter.add(report);
        if (step % config.logInterval === 0) await log(step);
        display.step(standing(step));
        return;
      case 'plan':
        run = await changeTraining(run, { training: report.config });
        display = trainingDisplay(output, report.config, scored);
        await output.note(planNote(report));
        for (const warning of warningsOf(session, report, model.config, { flags, chosen })) {
          await output.warn(warning);
        }
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
        await sampleEarly(step);
        return;
      case 'checkpoint':
        await log(step);
        await saveCheckpoint(run, model, report.state, { ...flags, ...team.slots(session) });
    }
  };

  const work = (what: string): void => display.work(stepsDone, what);
  const sampleEarly = earlySamples(session, clock, signal, work);
  const { batches } = data;
  const spread = { total: data.validationBatches, count: config.evalBatches };
  const validation = (): AsyncIterable<TrainingBatch> =>
    watchBatches(spreadBatches(data.validation(), spread), work);
  const onLimit = (scored: number, examples: number): void =>
    void output.note(
      `to save time, outputs are scored on ${formatCount(scored)} of ${formatCount(examples)} examples`,
    );
  const reports = train({
    ...{ model, config, batches, validation, clock, state, signal, strategy: team.strategy },
    validationBatches: spreadCount(spread),
    score: outputScore(session, { tell: work, onLimit, clock }),
    spentSeconds: session.spentSeconds,
    reservedSeconds: closingSeconds(config.maxMinutes),
  });
  for (;;) {
    const next = await reports.next();
    if (next.done) {
      const waitedShare = waited / Math.max(1, steps);
      return { ...next.value, run, validationLoss, validationScore, waitedShare };
    }
    await team.follow(next.value, session, handle);
  }
}

/** Warnings of the first plan of a training that ends with its minutes. */
function warningsOf(
  { app, data, readSeconds }: Session,
  { config, expectedSteps, measured }: Extract<TrainingReport, { kind: 'plan' }>,
  model: ModelConfig,
  { flags, chosen }: Pick<DomainCall<TrainFlags>, 'flags' | 'chosen'>,
): readonly string[] {
  if (!measured) return [];
  const plan = {
    ...measured,
    model,
    config,
    expectedSteps,
    hasExamples: app.packing === 'examples',
  };
  const isNew = !flags.resume && flags.initFrom === undefined && flags.like === undefined;
  const few = fewStepsWarning(plan, { presets: isNew ? trainPresets(app) : {}, chosen });
  const { examples } = data;
  const slow =
    readSeconds !== undefined && examples !== undefined
      ? slowDataWarning(plan, { examples, readSeconds })
      : undefined;
  return [few, slow].filter((warning) => warning !== undefined);
}

/** Whether something is written to the run's folder after a report. */
function writes({ kind, step }: TrainingReport, { logInterval }: TrainingConfig): boolean {
  return kind !== 'step' || step % logInterval === 0;
}

/** @throws Error when the run was removed: what is written now would be no run. */
async function checkPresent({ storage }: Run): Promise<void> {
  if ((await storage.list('')).includes('run.json')) return;
  throw new Error(
    `${storage.name}: expected the run that is being trained, got no run.json. The folder was removed or emptied, and the training is lost`,
  );
}

/** Yields batches, and reports the number of sequences that have been used. */
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
