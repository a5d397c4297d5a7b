import type { Setting } from '@ramble/core/app';
import type { JsonObject } from '@ramble/core/files';
import type { RunStorage } from '@ramble/runs';
import { folderStorage, whileLocked } from '@ramble/runs/node';

import { findOptions } from '../../data/find-data.js';
import { missingData } from '../../data/find-given-data.js';
import { UsageError } from '../../verb/exit-errors.js';
import {
  COUNT,
  flagName,
  type Flags,
  type FlagValues,
  POSITIVE,
  type Values,
} from '../../verb/flag.js';
import { type DomainCall, type DomainProgram, shellQuoted } from '../../verb/verb.js';
import { openStored } from '../curve/curve-store.js';
import { findTrainingData, type TrainingFiles } from '../train/find-training-data.js';
import { newSettings } from '../train/plan-new-run.js';
import { startNew } from '../train/start-point.js';
import {
  dataWords,
  refusedTrainData,
  TRAIN_DATA_FLAGS,
  TRAIN_FLAGS,
  trainPresets,
  trainSettings,
} from '../train/train-flags.js';
import { checkTokens, drawCandidates, parseOver, type SearchAxis } from './candidates.js';
import {
  halve,
  notesOf,
  resultNote,
  rungSizes,
  searchLines,
  searchRows,
  stepsOf,
  type Trial,
} from './successive-halving.js';
import { planTrials, trainCommand, trainingOf, trainTrial, trialFolder } from './trials.js';

const FLAGS = {
  ...TRAIN_DATA_FLAGS,
  data: { ...TRAIN_DATA_FLAGS.data, derived: 'none' },
  over: {
    kind: 'list',
    basic: true,
    description:
      'Settings of `train` to search, with their values or default ones: learning-rate=0.001:0.004,n-layer.',
  },
  minutes: {
    ...POSITIVE,
    basic: true,
    derived: 'none; --max-steps is given',
    description:
      'Minutes of the whole search; trials of a rung train for equal minutes. --max-steps gives the steps of the last rung in their place.',
  },
  trials: {
    ...COUNT,
    min: 2,
    basic: true,
    default: 16,
    description: 'Maximum number of candidates, drawn from all combinations of the values.',
  },
  reductionFactor: {
    ...COUNT,
    min: 2,
    default: 2,
    description:
      'Number of trials of which one is promoted to the next rung, and factor of its steps.',
  },
  out: {
    kind: 'string',
    placeholder: 'folder',
    description: 'The folder for the runs and search.md; the same command continues it.',
  },
  initFrom: TRAIN_FLAGS.initFrom,
  like: TRAIN_FLAGS.like,
  engine: TRAIN_FLAGS.engine,
  threads: TRAIN_FLAGS.threads,
} as const satisfies Flags;

/** Flags of `search`. */
export type SearchFlags = FlagValues<typeof FLAGS>;
type SearchCall = DomainCall<SearchFlags>;

/** Settings that a search chooses itself, or that would make losses incomparable. */
const OWN_SETTINGS = [
  ...['maxMinutes', 'evalInterval', 'evalBatches', 'patience', 'bestBy', 'scoredExamples'],
  ...['saveInterval', 'preference', 'preferenceBeta'],
];
/** Settings that are equal for all trials, but may be given. */
const COMMON_SETTINGS = ['maxSteps', 'saveMinutes', 'logInterval', 'seed'];

/** `ramble DOMAIN search`: searches settings of `train` by successive halving. */
export const searchProgram: DomainProgram<SearchFlags> = {
  flags: FLAGS,
  settings: trainSettings,
  presets: trainPresets,
  refused: (app) => [...refusedTrainData(app), ...OWN_SETTINGS],
  waitsFor: 'data',
  run,
};

async function run(call: SearchCall): Promise<void> {
  const { app, flags, output } = call;
  checkFlags(call);
  const axes = findAxes(call);
  const { candidates, refused } = drawCandidates(axes, {
    trials: flags.trials,
    seed: trainingOf(call, {}).seed,
    check: (values) => checkCandidate(call, values),
  });
  if (refused > 0) {
    await output.note(`left out ${refused} combinations of settings that contradict each other`);
  }
  const words = dataWords(app, flags);
  if (words.data === undefined && words.source === undefined) throw missingData();
  const files = await findTrainingData(words, findOptions(call));
  if (!files.valid) checkTokens(app, axes);
  await whileLocked(flags.out, async () => {
    const storage = folderStorage(flags.out);
    const { over, minutes, trials, reductionFactor, initFrom, like } = flags;
    const own = { over: over.join(','), minutes, trials, reductionFactor, initFrom, like };
    const given = Object.entries({ ...call.settings, ...own }).filter(
      ([, value]) => value !== undefined,
    );
    const settings = Object.fromEntries(given) as JsonObject; // settings are JSON
    await checkFolder(storage);
    const named = { path: 'search.json', what: 'search', list: 'trials' } as const;
    const store = await openStored<Trial, 'trials'>(storage, named, { files, settings });
    await searchIn(call, candidates, { files, store });
  });
}

interface Search {
  readonly files: TrainingFiles;
  readonly store: Awaited<ReturnType<typeof openStored<Trial, 'trials'>>>;
}

async function searchIn(
  call: SearchCall,
  candidates: readonly Values[],
  { files, store }: Search,
): Promise<void> {
  const { flags, output } = call;
  const { out, reductionFactor: factor } = flags;
  const { seed } = trainingOf(call, {});
  const sizes = rungSizes(candidates.length, factor);
  const trials = [...(store.stored?.trials ?? (await planTrials(call, candidates, sizes)))];
  await store.save({ trials });
  const lastSteps = (trial: Trial): number => stepsOf(trial, sizes.length - 1, factor);
  const settingsFor = (trial: Trial, maxSteps: number): Values => {
    const { values, schedule, warmupSteps } = trial;
    const evalInterval = lastSteps(trial); // one evaluation, at the end
    return { ...values, schedule, warmupSteps, maxSteps, evalInterval, seed };
  };
  await output.note(`${trials.length} trials in rungs of ${sizes.join(', ')}`);
  await halve(() => trials, sizes, {
    train: async (trial, rung) => {
      const steps = stepsOf(trial, rung, factor);
      const settings = settingsFor(trial, steps);
      const isLast = rung === sizes.length - 1;
      const result = await trainTrial(call, { files, settings, trial, rung, steps, isLast });
      const index = trials.findIndex(({ number }) => number === trial.number);
      trials[index] = { ...trial, results: [...trial.results, result] };
      await store.save({ trials });
      await output.note(resultNote(trials[index], result, sizes.length));
    },
    drop: async ({ number }) => {
      const storage = folderStorage(trialFolder(out, number));
      await storage.remove('checkpoints');
      await storage.remove('best.json');
    },
  });
  const rows = searchRows(trials, sizes.length, (trial, steps) =>
    trainCommand(call, settingsFor(trial, steps), `${out}-trial-${trial.number}`),
  );
  await store.save({ trials, rows });
  const notes = notesOf(trials, sizes);
  const { table, commands } = searchLines(rows);
  const code = ['```sh', ...commands, '```'];
  const page = [`# Search in ${out}`, ...notes, ...[table, code].map((lines) => lines.join('\n'))];
  await folderStorage(out).writeText('search.md', `${page.join('\n\n')}\n`);
  output.progress('');
  if (output.isJson) await output.printJson({ search: out, rows });
  else for (const line of [...table, '', ...commands]) await output.print(line);
  for (const note of notes.slice(1)) await output.warn(note, true);
  const winner = rows.at(0);
  if (winner?.state.startsWith('winner') !== true) {
    throw new Error(`${out}: no trial has a finite loss; search lower values of learning-rate`);
  }
  const run = shellQuoted(trialFolder(out, winner.trial));
  await output.note(`try the winner: ${call.command} sample --model ${run}`);
}

/** @throws UsageError for flags that a search does not take, or that exclude each other. */
function checkFlags({ chosen, flags }: SearchCall): void {
  const own = OWN_SETTINGS.find((name) => chosen[name] !== undefined);
  if (own !== undefined) {
    throw new UsageError(
      `${flagName(own)}: expected no value, because a search sets it for all trials, got ${String(chosen[own])}`,
    );
  }
  if (flags.minutes === undefined && chosen.maxSteps === undefined) {
    throw new UsageError(
      '--minutes: expected the minutes of the whole search, or --max-steps for the last rung, got neither',
    );
  }
  if (flags.minutes !== undefined && chosen.maxSteps !== undefined) {
    throw new UsageError('--max-steps: expected no value with --minutes, got both');
  }
  if ([flags.data, flags.valid].some((words) => words?.includes('-'))) {
    throw new UsageError('--data: expected files that every trial reads, got -, standard input');
  }
}

function findAxes(call: SearchCall): SearchAxis[] {
  const tables = trainSettings(call.app).map(({ settings }) => settings);
  return parseOver(call.flags.over, {
    settings: Object.assign({}, ...tables) as Readonly<Record<string, Setting>>, // as they are
    fixed: [...OWN_SETTINGS, ...COMMON_SETTINGS],
    flags: Object.keys(FLAGS),
    given: newSettings(call),
  });
}

/** @throws TypeError or RangeError for settings that contradict each other. */
function checkCandidate(call: SearchCall, values: Values): void {
  trainingOf(call, values);
  const { initFrom, like } = call.flags;
  if (initFrom === undefined && like === undefined) {
    startNew(call.app, { ...newSettings(call), ...values });
  }
}

/** @throws Error for a folder with something else than a search. */
async function checkFolder(storage: RunStorage): Promise<void> {
  const names = await storage.list('');
  if (names.length === 0 || names.includes('search.json')) return;
  throw new Error(
    `${storage.name}: expected a new folder or a folder of a search, got one that contains ${names[0]}`,
  );
}
