import {
  currentEngine,
  type Ranks,
  TrainingDivergedError,
  type TrainingEngine,
} from '@ramble/core';
import { folderStorage, FullDiskError, whileLocked } from '@ramble/runs/node';
import { appendSamples } from '@ramble/runs';

import { AgreedError, InterruptedError, RankError } from '../../verb/exit-errors.js';
import type { Output } from '../../verb/output.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { formatCount } from '../../format/format-count.js';
import { shellQuoted } from '../../format/shell-quoted.js';
import { agreeOnInstructions } from './agree-on-instructions.js';
import { closingSeconds, timeLimited } from './closing-seconds.js';
import { flagsOnRank, launchTraining } from './launch-training.js';
import { limitNotes } from './plan-note.js';
import { planResumedRun } from './plan-resumed-run.js';
import { planNewRun } from './plan-new-run.js';
import { runTraining } from './run-training.js';
import { isFirst } from './is-first.js';
import { checkSameOnRanks, idleNote } from './same-on-ranks.js';
import { sampleOutputs } from './sample-outputs.js';
import { scoreName } from './score-name.js';
import type { Session, TrainingPlan } from './session.js';
import { shareSession, shareStorage } from './share-run.js';
import { together } from './together.js';
import {
  refusedTrainData,
  TRAIN_FLAGS,
  type TrainFlags,
  trainPresets,
  trainSettings,
} from './train-flags.js';
import { describeReport, trainReport } from './train-report.js';

type TrainCall = DomainCall<TrainFlags>;

/** `ramble DOMAIN train`: trains a new model, or goes on with one. */
export const trainProgram: DomainProgram<TrainFlags> = {
  waitsFor: 'data',
  flags: TRAIN_FLAGS,
  settings: trainSettings,
  refused: refusedTrainData,
  presets: trainPresets,
  run: async (call) => {
    const { rankTimeout, survive } = call.flags;
    const ranks = await call.io.openRanks?.({ timeoutSeconds: rankTimeout, survive });
    if (!ranks) {
      if (!(await launchTraining(call))) await trainOn(undefined, call);
      return;
    }
    try {
      const flags = await flagsOnRank(ranks, call.flags);
      const output = isFirst(ranks) ? call.output : silent(call.output);
      await trainOn(ranks, { ...call, flags, output });
    } catch (error) {
      const agreed = agreedError(error, ranks);
      throw agreed
        ? new RankError(agreed, () => ranks.close())
        : new RankError(error, (status) => ranks.abort(status));
    }
    await ranks.close();
  },
};

/** @param ranks - Absent for a process alone. */
async function trainOn(ranks: Ranks | undefined, call: TrainCall): Promise<void> {
  const { io, flags, output } = call;
  const stop = new AbortController();
  const forget = io.onInterrupt(() => {
    stop.abort(new InterruptedError('stopped before training began; nothing is lost'));
    void output.warn('stopping after this step; a second Ctrl-C stops at once');
  });
  const plans: TrainingPlan[] = [];
  try {
    ranks?.announce('reading the data');
    const storage = await shareStorage(ranks, folderStorage(flags.out));
    const plan = flags.resume ? planResumedRun : planNewRun;
    // The first rank goes first: what it writes to the cache the others find there.
    for (const turn of ranks ? [true, false] : [true]) {
      await together(ranks, async () => {
        if (isFirst(ranks) === turn) plans.push(await plan(call, stop.signal, storage));
      });
    }
    const [made] = plans;
    if (ranks) {
      const { shardOptimizer } = flags;
      await checkSameOnRanks(ranks, { ...made.description, shardOptimizer });
      const engine: TrainingEngine | undefined = currentEngine();
      await agreeOnInstructions(ranks, engine?.instructionSets);
      const note = idleNote(ranks, made.description.training);
      if (note !== undefined) await output.warn(note);
    }
    const train = (): Promise<void> => trainPlan(made, call, stop.signal, ranks);
    await (isFirst(ranks) ? whileLocked(flags.out, train) : train());
  } finally {
    for (const { data } of plans) await data.close();
    forget();
  }
}

async function trainPlan(
  plan: TrainingPlan,
  call: TrainCall,
  signal: AbortSignal,
  ranks: Ranks | undefined,
): Promise<void> {
  ranks?.announce('sharing the model');
  const session = ranks ? await shareSession(ranks, plan, call.flags) : await plan.begin();
  try {
    await trainSession(session, call, signal, ranks);
  } catch (error) {
    throw error instanceof FullDiskError ? withAdvice(error, call) : error;
  } finally {
    session.model.dispose();
  }
}

/** An error that all ranks have come to, told by the first; others are of this rank alone. */
function agreedError(error: unknown, ranks: Ranks): AgreedError | undefined {
  if (error instanceof AgreedError) return error;
  const isOfAll = error instanceof InterruptedError || error instanceof TrainingDivergedError;
  return isOfAll ? new AgreedError(error, isFirst(ranks)) : undefined;
}

/** The output of a rank that says nothing, as the first one speaks for all. */
function silent(output: Output): Output {
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    isJson: output.isJson,
    ...{ write: nothing, print: nothing, printJson: nothing, note: nothing, warn: nothing },
    progress: () => undefined,
    showsProgress: false,
  };
}

function withAdvice(error: FullDiskError, { command, flags }: TrainCall): Error {
  return new Error(
    `${error.message}. Free some space and continue from what is saved: ${command} train --resume --out ${shellQuoted(flags.out)}`,
    { cause: error },
  );
}

async function trainSession(
  session: Session,
  call: TrainCall,
  signal: AbortSignal,
  ranks: Ranks | undefined,
): Promise<void> {
  const { output, flags, command } = call;
  output.progress('');
  await output.note(session.data.summary);
  for (const line of limitNotes(session)) await output.note(line);
  for (const warning of session.data.warnings ?? []) await output.warn(warning);
  const end = await runTraining(session, call, signal, ranks);
  output.progress('');
  const isStopped = end.reason === 'aborted';
  if (!isFirst(ranks)) {
    if (isStopped) throw new InterruptedError('stopped');
    return;
  }
  const tell = (what: string): void => output.progress(what);
  const { maxMinutes } = end.run.description.training;
  const limited = timeLimited(signal, maxMinutes > 0 ? closingSeconds(maxMinutes) : undefined);
  const samples = isStopped ? [] : await sampleOutputs(session, limited, tell);
  output.progress('');
  const { step } = end.state;
  await appendSamples(
    end.run.storage,
    samples.map((sample) => ({ step, ...sample })),
  );
  const report = trainReport(session, end, samples);
  const { writeReport } = await import('../../report/write-report.js'); // help needs no plots
  await writeReport({ ...session, run: end.run, scoreName: scoreName(session) }, report);
  if (output.isJson) await output.printJson(report);
  if (isStopped) {
    const step = formatCount(end.state.step);
    throw new InterruptedError(
      `stopped after step ${step}, which is saved. Continue with: ${command} train --resume --out ${shellQuoted(flags.out)}`,
    );
  }
  if (output.isJson) return;
  for (const line of describeReport(report, command)) await output.print(line);
}
