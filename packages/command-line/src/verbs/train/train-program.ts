import type { TrainingResult } from '@ramble/core';
import { counted } from '@ramble/core/files';
import { sizeOf } from '@ramble/core/engine';
import { countParameters } from '@ramble/core/model';
import { appendSamples, withEventFiles } from '@ramble/runs';
import { folderStorage, FullDiskError, whileLocked } from '@ramble/runs/node';

import { formatCount, formatDuration } from '../../format/format-number.js';
import { type DomainCall, shellQuoted } from '../../verb/verb.js';
import type { ReportedTraining } from '../../report/write-report.js';
import { InterruptedError } from '../../verb/exit-errors.js';
import { scoreName } from './output-score.js';
import { planNewRun } from './plan-new-run.js';
import { closingSeconds, limitNotes, timeLimited } from './plan-note.js';
import { planResumedRun } from './plan-resumed-run.js';
import { runTraining, type TrainingEnd } from './run-training.js';
import { sampleOutputs } from './sample-outputs.js';
import type { Session, TrainingPlan } from './session.js';
import { type Team, withTeam } from './team.js';
import type { TrainFlags } from './train-flags.js';

type TrainCall = DomainCall<TrainFlags>;

/** Runs `ramble DOMAIN train`: trains a new model, or resumes a run. */
export function runTrain(call: TrainCall): Promise<void> {
  return withTeam(call, trainWith);
}

async function trainWith(team: Team, call: TrainCall): Promise<void> {
  const { io, flags, output } = call;
  const stop = new AbortController();
  const forget = io.onInterrupt(() => {
    stop.abort(new InterruptedError('stopped before training began; nothing is lost'));
    void output.warn('stopping after this step; a second Ctrl-C stops at once');
  });
  const plans: TrainingPlan[] = [];
  try {
    const makePlan = flags.resume ? planResumedRun : planNewRun;
    const folder = folderStorage(flags.out);
    const logged = flags.tensorboard ? withEventFiles(folder) : folder;
    const plan = await team.plan(logged, async (storage) => {
      const own = await makePlan(call, stop.signal, storage);
      plans.push(own);
      return own;
    });
    const train = (): Promise<void> => trainPlan(plan, call, stop.signal, team);
    await (team.isSpeaker ? whileLocked(flags.out, train) : train());
  } finally {
    for (const { data } of plans) await data.close();
    forget();
  }
}

async function trainPlan(
  plan: TrainingPlan,
  call: TrainCall,
  signal: AbortSignal,
  team: Team,
): Promise<void> {
  const session = await team.begin(plan);
  try {
    await trainSession(session, call, signal, team);
  } catch (error) {
    throw error instanceof FullDiskError ? withAdvice(error, call) : error;
  } finally {
    session.model.dispose();
  }
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
  team: Team,
): Promise<void> {
  const { output, flags, command } = call;
  output.progress('');
  await output.note(session.data.summary);
  for (const line of limitNotes(session)) await output.note(line);
  for (const warning of session.data.warnings ?? []) await output.warn(warning);
  const end = await runTraining(session, call, signal, team);
  output.progress('');
  const isStopped = end.reason === 'aborted';
  if (!team.isSpeaker) {
    if (isStopped) throw new InterruptedError('stopped');
    return;
  }
  const onActivity = (what: string): void => output.progress(what);
  const { maxMinutes } = end.run.description.training;
  const limited = timeLimited(signal, maxMinutes > 0 ? closingSeconds(maxMinutes) : undefined);
  const samples = isStopped ? [] : await sampleOutputs(session, limited, onActivity);
  output.progress('');
  const { step } = end.state;
  await appendSamples(
    end.run.storage,
    samples.map((sample) => ({ step, ...sample })),
  );
  const report = trainReport(session, end, samples);
  const { describeRanks, writeReport } = await import('../../report/write-report.js'); // the help loads no plots
  await writeReport({ ...session, run: end.run, scoreName: scoreName(session) }, report);
  if (output.isJson) await output.printJson(report);
  if (isStopped) {
    const step = formatCount(end.state.step);
    throw new InterruptedError(
      `stopped after step ${step}, which is saved. Continue with: ${command} train --resume --out ${shellQuoted(flags.out)}`,
    );
  }
  if (output.isJson) return;
  const ranks = report.ranks && describeRanks(report.ranks);
  const verb = session.domain.chatTemplate ? 'chat' : 'sample';
  for (const line of describeReport(report, `${command} ${verb}`, ranks)) await output.print(line);
}

/** Output of `train --json` at the end. */
export interface TrainReport extends ReportedTraining {
  readonly run: string;
  /** Reason why the training ended. */
  readonly reason: TrainingResult['reason'];
  /** The last validation loss that was measured in this call. */
  readonly validationLoss?: number;
  /** The last score of outputs that was measured in this call. */
  readonly validationScore?: number;
  readonly bestScore?: number;
  readonly engine: string;
  /** Number of parameters of the adapters, if they are trained in place of the model. */
  readonly trained?: number;
}

function trainReport(
  { run, model, hosts }: Session,
  { reason, state, validationLoss, validationScore, waitedShare }: TrainingEnd,
  samples: ReportedTraining['samples'],
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
    ...(model.parameters.adapters && {
      trained: model.parameters.specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    }),
    tokensSeen,
    elapsedSeconds,
    engine: run.description.engine,
    ...(hosts && { ranks: { hosts, waitedShare } }),
    samples,
  };
}

/**
 * Formats a report as a few lines of text.
 *
 * @param trial - Command that tries the model, without its flags.
 * @param ranks - Description of the processes that trained together; absent for a single process.
 */
function describeReport(report: TrainReport, trial: string, ranks?: string): string[] {
  const { run, step, bestLoss, bestStep = 0, parameters, elapsedSeconds, engine } = report;
  const adapters = report.trained ? ` and ${formatCount(report.trained)} in adapters` : '';
  const loss =
    bestLoss === undefined
      ? ''
      : `, validation loss ${bestLoss.toFixed(4)} at step ${formatCount(bestStep)}`;
  return [
    `${run}: ${formatCount(parameters)} parameters${adapters}, ${counted(step, 'step')} in ${formatDuration(elapsedSeconds)} on ${engine}${loss}`,
    ...(ranks === undefined ? [] : [ranks]),
    `Look at ${run}/report.html, or try: ${trial} --model ${shellQuoted(run)}`,
  ];
}
