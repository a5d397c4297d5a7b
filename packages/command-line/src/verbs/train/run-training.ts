import {
  train,
  type TrainingBatch,
  type TrainingConfig,
  type TrainingReport,
  type TrainingResult,
} from '@ramble/core';

import { repeatedHeadScores } from '@ramble/core/study';
import { spreadBatches, spreadCount } from '@ramble/core/training';
import { appendLog, changeTraining, type Run, saveCheckpoint } from '@ramble/runs';

import type { DomainCall } from '../../verb/verb.js';
import { formatCount } from '../../format/format-number.js';
import { watchBatches } from '../evaluate/target-counts.js';
import { closingSeconds, fewStepsWarning, planNote, slowDataWarning } from './plan-note.js';
import { earlySamples } from './sample-outputs.js';
import { outputScore, scoreName } from './output-score.js';
import type { Session } from './session.js';
import { measurePeak, operationsPerToken } from './speed.js';
import type { Team } from './team.js';
import { type TrainFlags, trainPresets } from './train-flags.js';
import {
  type TrainingProgress,
  type TrainingDisplay,
  trainingDisplay,
  type TrainingMeter,
  trainingMeter,
} from './training-display.js';

/** Result of a training, with the last validation loss that was measured. */
export interface TrainingEnd extends TrainingResult {
  /** The run, whose description has the planned number of steps. */
  readonly run: Run;
  readonly validationLoss?: number;
  /** The score of outputs, if they are scored. */
  readonly validationScore?: number;
  /** Fraction of the steps' time that this process waited for sums over all ranks; 0 for a single process. */
  readonly waitedShare: number;
}

type TrainCall = Pick<DomainCall<TrainFlags>, 'io' | 'output' | 'flags' | 'chosen'>;

/** Trains to the end. The team's speaker (the process that writes the run) logs, prints and saves each report. */
export async function runTraining(
  session: Session,
  call: TrainCall,
  signal: AbortSignal,
  team: Team,
): Promise<TrainingEnd> {
  const { model, data, state, run } = session;
  const { io, output } = call;
  const { clock } = io;
  const { training: config } = run.description;
  const record = new TrainingRecord(session, call, signal, team);
  const { batches } = data;
  const spread = { total: data.validationBatches, count: config.evalBatches };
  const validation = (): AsyncIterable<TrainingBatch> =>
    watchBatches(spreadBatches(data.validation(), spread), (_, sequences) =>
      record.work(`validating: ${formatCount(sequences)} sequences`),
    );
  const onLimit = (scored: number, examples: number): void =>
    void output.note(
      `to save time, outputs are scored on ${formatCount(scored)} of ${formatCount(examples)} examples`,
    );
  const reports = train({
    ...{ model, config, batches, validation, clock, state, signal, strategy: team.strategy },
    validationBatches: spreadCount(spread),
    score: outputScore(session, { onActivity: record.work, onLimit, clock }),
    spentSeconds: session.spentSeconds,
    reservedSeconds: closingSeconds(config.maxMinutes),
  });
  for (;;) {
    const next = await reports.next();
    if (next.done) return { ...next.value, ...record.end() };
    await team.follow(next.value, session, record.handle);
  }
}

/** Handles the reports of a training: logs steps, prints progress, saves checkpoints and keeps the last losses. */
class TrainingRecord {
  readonly #session: Session;
  readonly #call: TrainCall;
  readonly #team: Team;
  readonly #meter: TrainingMeter;
  readonly #startMs: number;
  readonly #sampleEarly: ReturnType<typeof earlySamples>;
  #run: Run;
  #display: TrainingDisplay;
  #stepsDone: number;
  #validationLoss?: number;
  #validationScore?: number;
  #steps = 0;
  #waited = 0;

  constructor(session: Session, call: TrainCall, signal: AbortSignal, team: Team) {
    const { model, run, state } = session;
    const { clock } = call.io;
    const { training } = run.description;
    [this.#session, this.#call, this.#team, this.#run] = [session, call, team, run];
    this.#meter = trainingMeter({
      operationsPerToken:
        (training.rDrop > 0 ? 2 : 1) *
        operationsPerToken(model.config, model.parameters.adapters !== undefined),
      peak: measurePeak(performance, training.precision) * team.size, // assumes that the other ranks are as fast
    });
    this.#display = this.#displayOf(training);
    this.#startMs = clock.now();
    this.#stepsDone = state.step;
    this.#sampleEarly = earlySamples(session, clock, signal, this.work);
  }

  /** Shows the current activity between two steps, such as a validation. */
  readonly work = (what: string): void => this.#display.work(this.#stepsDone, what);

  readonly handle = async (report: TrainingReport): Promise<void> => {
    const { step } = report;
    const { training } = this.#session.run.description;
    if (writes(report, training)) await checkPresent(this.#run);
    switch (report.kind) {
      case 'step':
        this.#stepsDone = step;
        this.#steps++;
        this.#waited += report.waitedShare ?? 0;
        this.#meter.add(report);
        if (step % training.logInterval === 0) await this.#log(step);
        this.#display.step(this.#standing(step));
        return;
      case 'plan':
        await this.#changePlan(report);
        return;
      case 'evaluation': {
        const { validationLoss, validationScore, state } = report;
        [this.#validationLoss, this.#validationScore] = [validationLoss, validationScore];
        await this.#log(step);
        const { elapsedSeconds } = state;
        const { storage } = this.#run;
        const inductionScore = this.#probe();
        const measured = { validationLoss, validationScore, inductionScore };
        await appendLog(storage, { step, ...measured, elapsedSeconds });
        await this.#display.evaluation({ ...report, inductionScore });
        for (const each of await this.#sampleEarly(step)) await this.#display.sample(each);
        return;
      }
      case 'checkpoint': {
        await this.#log(step);
        const options = { ...this.#call.flags, ...this.#team.slots(this.#session) };
        await saveCheckpoint(this.#run, this.#session.model, report.state, options);
      }
    }
  };

  /** Measures the highest induction score of a head, if the training probes it. */
  #probe(): number | undefined {
    if (this.#call.flags.probe === undefined) return undefined;
    const heads = repeatedHeadScores(this.#session.model).flat();
    return Math.max(...heads.map(({ induction }) => induction));
  }

  /** Returns the run, its last validation results, and the fraction of time spent waiting for other ranks. */
  end(): Omit<TrainingEnd, keyof TrainingResult> {
    return {
      run: this.#run,
      validationLoss: this.#validationLoss,
      validationScore: this.#validationScore,
      waitedShare: this.#waited / Math.max(1, this.#steps),
    };
  }

  async #changePlan(report: Extract<TrainingReport, { kind: 'plan' }>): Promise<void> {
    const { output } = this.#call;
    this.#run = await changeTraining(this.#run, { training: report.config });
    this.#display = this.#displayOf(report.config);
    await output.note(planNote(report));
    for (const warning of warningsOf(this.#session, report, this.#call)) {
      await output.warn(warning);
    }
  }

  #displayOf(config: TrainingConfig): TrainingDisplay {
    return trainingDisplay(this.#call.output, config, scoreName(this.#session));
  }

  async #log(step: number): Promise<void> {
    const entry = this.#meter.take();
    if (entry === undefined) return;
    await appendLog(this.#run.storage, entry);
    await this.#display.report(entry, this.#standing(step));
  }

  #standing(step: number): TrainingProgress {
    const secondsNow = (this.#call.io.clock.now() - this.#startMs) / 1000;
    return { step, stepsNow: step - this.#session.state.step, secondsNow };
  }
}

/** Returns warnings about the first plan of a training that is limited by time. */
function warningsOf(
  { app, data, readSeconds, model }: Session,
  { config, expectedSteps, measured }: Extract<TrainingReport, { kind: 'plan' }>,
  { flags, chosen }: TrainCall,
): readonly string[] {
  if (!measured) return [];
  const plan = {
    ...measured,
    model: model.config,
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

/** Whether handling a report writes to the run's folder: a logged step, an evaluation, a checkpoint and so on. */
function writes({ kind, step }: TrainingReport, { logInterval }: TrainingConfig): boolean {
  return kind !== 'step' || step % logInterval === 0;
}

/** @throws Error if the run was removed, because further files would not make a run. */
async function checkPresent({ storage }: Run): Promise<void> {
  if ((await storage.list('')).includes('run.json')) return;
  throw new Error(
    `${storage.name}: expected the run that is being trained, got no run.json. The folder was removed or emptied, and the training is lost`,
  );
}
