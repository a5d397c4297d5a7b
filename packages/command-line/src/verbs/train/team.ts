import { TrainingDivergedError, type TrainingReport } from '@ramble/core';
import { currentEngine, type TrainingEngine } from '@ramble/core/engine';
import type { MakeStrategy } from '@ramble/core/training';
import { type Ranks, strategyFor, strategyOptions } from '@ramble/parallel';
import type { RunStorage, SlotOptions } from '@ramble/runs';

import {
  AgreedError,
  EXIT,
  InterruptedError,
  LaunchedError,
  TeamError,
  UsageError,
} from '../../verb/exit-errors.js';
import type { LaunchedRanks } from '../../verb/io.js';
import type { Output } from '../../verb/output.js';
import type { DomainCall } from '../../verb/verb.js';
import type { Session, TrainingPlan } from './session.js';
import { shareSession, shareStorage, slotSaving } from './share-run.js';
import {
  agreeOnInstructions,
  checkSameOnRanks,
  flagsOnRank,
  idleNote,
  isFirst,
  together,
} from './together.js';
import type { TrainFlags } from './train-flags.js';

type TrainCall = DomainCall<TrainFlags>;

/** One process's access to all processes of a training. One of them, the speaker, reads and writes the run. */
export interface Team {
  /** Number of processes. */
  readonly size: number;
  /** Whether this process reads and writes the run, and prints for all processes. */
  readonly isSpeaker: boolean;
  readonly strategy: MakeStrategy;
  /**
   * Calls `make` on all processes, and checks that they all plan the same training.
   *
   * @param storage - Storage of the run in this process; `make` gets one with the same description.
   */
  plan(
    storage: RunStorage,
    make: (storage: RunStorage) => Promise<TrainingPlan>,
  ): Promise<TrainingPlan>;
  /** Makes or opens the run, with the same model on all processes. */
  begin(plan: TrainingPlan): Promise<Session>;
  /** Options by which the speaker saves the optimizer's slots. */
  slots(session: Session): SlotOptions;
  /**
   * Handles a report: the speaker runs `handle`, other processes contribute data.
   *
   * @param handle - Work of the speaker.
   */
  follow(
    report: TrainingReport,
    session: Session,
    handle: (report: TrainingReport) => Promise<void>,
  ): Promise<void>;
}

/**
 * Runs a training in this process, which may be a rank that a launcher has started. If the flags request ranks,
 * starts them instead, and waits for their end.
 *
 * @param train - Called with the team, and with this process's call.
 */
export async function withTeam(
  call: TrainCall,
  train: (team: Team, call: TrainCall) => Promise<void>,
): Promise<void> {
  const { rankTimeout, survive } = call.flags;
  const ranks = await call.io.openRanks?.({ timeoutSeconds: rankTimeout, survive });
  if (!ranks) {
    if (!(await launchTraining(call))) await train(teamOfOne(call.flags), call);
    return;
  }
  try {
    const flags = await flagsOnRank(ranks, call.flags);
    const output = isFirst(ranks) ? call.output : silent(call.output);
    await train(teamOf(ranks, flags, output), { ...call, flags, output });
  } catch (error) {
    const agreed = agreedError(error, ranks);
    throw agreed
      ? new TeamError(agreed, () => ranks.close())
      : new TeamError(error, (status) => ranks.abort(status));
  }
  await ranks.close();
}

/** Makes a team of a process that trains alone. */
function teamOfOne(flags: TrainFlags): Team {
  return {
    size: 1,
    isSpeaker: true,
    strategy: strategyFor(undefined, flags),
    plan: (storage, make) => make(storage),
    begin: (plan) => plan.begin(),
    slots: () => ({}),
    follow: (report, _, handle) => handle(report),
  };
}

/** Team of ranks; the first rank is the speaker. */
function teamOf(ranks: Ranks, flags: TrainFlags, output: Output): Team {
  const isSpeaker = isFirst(ranks);
  let present = ranks.count;
  return {
    size: ranks.count,
    isSpeaker,
    strategy: strategyFor(ranks, flags),
    plan: async (storage, make) => {
      ranks.announce('reading the data');
      const shared = await shareStorage(ranks, storage);
      const plans: TrainingPlan[] = [];
      // The first rank begins: it writes the cache that the others read.
      for (const turn of [true, false]) {
        await together(ranks, async () => {
          if (isSpeaker === turn) plans.push(await make(shared));
        });
      }
      const [plan] = plans;
      await checkSameOnRanks(ranks, { ...plan.description, strategy: strategyOptions(flags) });
      const engine: TrainingEngine | undefined = currentEngine();
      await agreeOnInstructions(ranks, engine?.instructionSets);
      const note = idleNote(ranks, plan.description.training);
      if (note !== undefined) await output.warn(note);
      return plan;
    },
    begin: (plan) => {
      ranks.announce('sharing the model');
      return shareSession(ranks, plan, flags);
    },
    slots: (session) => slotSaving(ranks, session, flags) ?? {},
    follow: async (report, session, handle) => {
      if (ranks.count < present) {
        const ended = `${present - ranks.count} of ${present} ranks ended`;
        await output.warn(`${ended}; ${ranks.count} go on`);
        present = ranks.count;
      }
      if (isSpeaker) await handle(report);
      else if (report.kind === 'checkpoint') await slotSaving(ranks, session, flags)?.give();
    },
  };
}

/** Returns an error that all ranks have and the first reports; `undefined` for an error of this rank alone. */
function agreedError(error: unknown, ranks: Ranks): AgreedError | undefined {
  if (error instanceof AgreedError) return error;
  const isOfAll = error instanceof InterruptedError || error instanceof TrainingDivergedError;
  return isOfAll ? new AgreedError(error, isFirst(ranks)) : undefined;
}

/** Returns an output that prints nothing, for ranks other than the first. */
function silent(output: Output): Output {
  const doNothing = (): Promise<void> => Promise.resolve();
  return {
    isJson: output.isJson,
    ...{
      write: doNothing,
      print: doNothing,
      printJson: doNothing,
      note: doNothing,
      warn: doNothing,
    },
    progress: () => undefined,
    showsProgress: false,
  };
}

/** Matches a line in which a rank, or the native code that sums gradients over the ranks, reports an error. */
const ERROR_LINE = /error:|^ranks(?: \([^)]*\))?: expected/;

/**
 * Starts this training as the ranks that `--ranks` and `--hosts` request, and waits for their end.
 *
 * @returns false if the flags request no ranks, so that this process trains alone.
 * @throws LaunchedError if ranks fail and have reported why; Error for other failures.
 */
export async function launchTraining({
  io,
  flags,
}: Pick<DomainCall<TrainFlags>, 'io' | 'flags'>): Promise<boolean> {
  const hosts = parseHosts(flags.hosts);
  const slots = hosts.reduce((sum, host) => sum + host.slots, 0);
  const count = flags.ranks ?? Math.max(1, slots);
  if (hosts.length > 0 && count > slots) {
    throw new UsageError(`--ranks: expected at most ${slots}, those of --hosts, got ${count}`);
  }
  if (count === 1 && hosts.length === 0) return false;
  const { data, valid } = flags;
  if ([data, valid].some((words) => words?.includes('-'))) {
    throw new UsageError('--data: expected files that all ranks read, got -, standard input');
  }
  if (!io.launchRanks) throw new Error('--ranks: expected a command that starts ranks, got none');
  const errors: string[] = [];
  const { status, launcher, complaint } = await io.launchRanks({
    count,
    hosts,
    survive: flags.survive,
    onLine: (line, stream) => {
      if (ERROR_LINE.test(line)) errors.push(line);
      void io[stream].write(`${line}\n`).catch(() => undefined);
    },
  });
  // Open MPI may return success after a lost connection although ranks have reported errors.
  if (status === EXIT.done && (errors.length === 0 || flags.survive)) return true;
  if (errors.length > 0 || status === EXIT.interrupted) {
    throw new LaunchedError(status || EXIT.failed);
  }
  throw new Error(
    `--ranks: expected ${launcher} to end well, got status ${status}${complaint && `: ${complaint}`}`,
  );
}

/**
 * Parses the value of `--hosts`, such as `a,b:2`: machines, each with its maximum number of ranks, 1 unless given.
 *
 * @throws UsageError for a value that is not a list of machines.
 */
function parseHosts(text: string | undefined): LaunchedRanks['hosts'] {
  if (text === undefined) return [];
  return text.split(',').map((word) => {
    const [, name, slots = '1'] = /^(\w[\w.-]*)(?::([1-9]\d{0,4}))?$/.exec(word) ?? [];
    if (name) return { name, slots: Number(slots) };
    throw new UsageError(`--hosts: expected names of machines such as a,b:2, got ${text}`);
  });
}
