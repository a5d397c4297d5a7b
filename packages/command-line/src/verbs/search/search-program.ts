import { TRAINING_SETTINGS, type TrainingConfig, trainingConfig } from '@ramble/core';
import type { Setting } from '@ramble/core/app';
import type { JsonObject } from '@ramble/core/files';
import type { RunStorage } from '@ramble/runs';
import { folderStorage, whileLocked } from '@ramble/runs/node';

import { findOptions } from '../../data/find-data.js';
import { missingData } from '../../data/find-given-data.js';
import { formatCount } from '../../format/format-number.js';
import { measureFeature } from '../../verb/app-features.js';
import { UsageError } from '../../verb/exit-errors.js';
import {
  COUNT,
  flagName,
  type Flags,
  type FlagValues,
  POSITIVE,
  settingsIn,
  type Values,
} from '../../verb/flag.js';
import { type DomainCall, type DomainProgram, shellQuoted } from '../../verb/verb.js';
import { openStored } from '../curve/curve-store.js';
import { sharedSteps } from '../curve/train-run.js';
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
import { drawCandidates, parseOver, type SearchAxis, word } from './candidates.js';
import {
  halve,
  planUnits,
  type RungResult,
  rungSizes,
  searchLines,
  searchPage,
  searchRows,
  stepsOf,
  type Trial,
} from './successive-halving.js';
import { timeTrials, trainTrial, trialFolder } from './train-trial.js';

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
/** Minimum of a trial's `unitSteps` in a search of minutes: fewer than 50 steps in the first rung rank noise. */
const MIN_UNITS = 10;

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
  if (!files.valid) checkTokens(call, axes);
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
  const sizes = rungSizes(candidates.length, factor);
  const trials = [...(store.stored?.trials ?? (await planTrials(call, candidates, sizes)))];
  await store.save({ trials });
  const lastSteps = (trial: Trial): number => stepsOf(trial, sizes.length - 1, factor);
  const settingsFor = (trial: Trial, maxSteps: number): Values => {
    const { values, schedule, warmupSteps } = trial;
    return { ...values, schedule, warmupSteps, maxSteps, evalInterval: lastSteps(trial) };
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
  await folderStorage(out).writeText('search.md', searchPage(`Search in ${out}`, rows, notes));
  output.progress('');
  if (output.isJson) await output.printJson({ search: out, rows });
  else for (const line of searchLines(rows)) await output.print(line);
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

/** Returns the complete settings of a trial's training; `wsd` is the schedule unless another one is given. */
function trainingOf(call: SearchCall, values: Values): TrainingConfig {
  const settings = { schedule: 'wsd', ...newSettings(call), ...values };
  const given = settingsIn(TRAINING_SETTINGS, { ...settings, maxSteps: 1, maxMinutes: 0 });
  return trainingConfig(given);
}

/** @throws TypeError or RangeError for settings that contradict each other. */
function checkCandidate(call: SearchCall, values: Values): void {
  trainingOf(call, values);
  const { initFrom, like } = call.flags;
  if (initFrom === undefined && like === undefined) {
    startNew(call.app, { ...newSettings(call), ...values });
  }
}

/** @throws UsageError if models with different tokens would be compared on a part of the data that is cut in tokens. */
function checkTokens({ app }: SearchCall, axes: readonly SearchAxis[]): void {
  const axis = axes.find(({ name }) => Object.hasOwn(app.options, name));
  if (!axis) return;
  const why = `${word(axis.name)} may change the tokens, so that losses per token cannot be compared`;
  throw new UsageError(
    measureFeature.of(app)
      ? `--over: ${why}; give separate validation data with --valid`
      : `--over: ${why}, and ${app.name} has no other unit`,
  );
}

/** @throws Error for a folder with something else than a search. */
async function checkFolder(storage: RunStorage): Promise<void> {
  const names = await storage.list('');
  if (names.length === 0 || names.includes('search.json')) return;
  throw new Error(
    `${storage.name}: expected a new folder or a folder of a search, got one that contains ${names[0]}`,
  );
}

/** Plans the steps of each trial, by the given steps of the last rung, or by measured durations. */
async function planTrials(
  call: SearchCall,
  candidates: readonly Values[],
  sizes: readonly number[],
): Promise<Trial[]> {
  const { minutes, reductionFactor: factor } = call.flags;
  const trainings = candidates.map((values) => trainingOf(call, values));
  let units: readonly number[];
  if (minutes === undefined) {
    const smallest = stepsOf({ unitSteps: 1 }, sizes.length - 1, factor);
    const maxSteps = call.settings.maxSteps as number; // checked when it was parsed
    if (maxSteps < smallest) {
      throw new UsageError(
        `--max-steps: expected at least ${smallest} for ${sizes.length} rungs, got ${maxSteps}`,
      );
    }
    units = candidates.map(() => Math.floor(maxSteps / smallest));
  } else {
    const startMs = call.io.clock.now();
    const timed = await timeTrials(call, candidates, 60 * minutes);
    const paces = timed.map((pace, i) => {
      const whole = { ...trainings[i], maxSteps: 100, warmupSteps: 0 };
      return { ...pace, sharedFraction: sharedSteps(whole) / whole.maxSteps };
    });
    const spentSeconds = (call.io.clock.now() - startMs) / 1000;
    const minUnits = candidates.map((values, i) =>
      'warmupSteps' in values ? Math.max(MIN_UNITS, trainings[i].warmupSteps) : MIN_UNITS,
    );
    units = planUnits(paces, { minutes, spentSeconds, sizes, factor, minUnits });
  }
  return candidates.map((values, i) => ({
    number: i + 1,
    values,
    unitSteps: units[i],
    warmupSteps: Math.min(trainings[i].warmupSteps, units[i]),
    schedule: trainings[i].schedule,
    results: [],
  }));
}

/** Returns the command that trains the same model as a trial. */
function trainCommand(call: SearchCall, settings: Values, out: string): string {
  const { command, flags, preset, chosen } = call;
  const { architecture } = flags as Values; // a flag of verbs with a model's shape
  const { data, valid, source, target, validSource, validTarget, fields, lossOn } = flags;
  const files = { data, valid, source, target, validSource, validTarget, fields, lossOn };
  const { initFrom, like, engine, threads } = flags;
  const start = { initFrom, like, preset, architecture, engine, threads };
  const { seed } = trainingOf(call, {});
  const all = { ...files, ...start, ...chosen, ...settings, seed, out };
  const words = Object.entries(all).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const flag = flagName(name);
    if (typeof value === 'boolean') return [value ? flag : flag.replace('--', '--no-')];
    if (Array.isArray(value)) return [flag, ...value.map(String)];
    return [flag, typeof value === 'object' ? JSON.stringify(value) : String(value)];
  });
  return [command, 'train', ...words.map(shellQuoted)].join(' ');
}

/** Returns a line about a trial at the end of a rung. */
function resultNote({ number, values }: Trial, result: RungResult, rungs: number): string {
  const { rung, steps, score } = result;
  const settings = Object.entries(values).map(([name, value]) => `${word(name)} ${String(value)}`);
  const end = score
    ? `${score.value.toFixed(4)} ${score.kind}/${score.unit} after ${formatCount(steps)} steps`
    : 'diverged';
  return `rung ${rung + 1} of ${rungs}, trial ${number} (${settings.join(', ')}): ${end}`;
}

/** Returns sentences about a search: its rungs, and scores that cannot be compared. */
function notesOf(trials: readonly Trial[], sizes: readonly number[]): string[] {
  const scores = trials.flatMap(({ results }) => results.flatMap(({ score }) => score ?? []));
  const tokens = new Set(scores.map((score) => score.tokens));
  const isOfTokens = scores.some(({ unit }) => unit === 'token');
  const counts = [...tokens].sort((a, b) => a - b).map(formatCount);
  return [
    `${trials.length} trials in rungs of ${sizes.join(', ')}.`,
    ...(isOfTokens && counts.length > 1
      ? [
          `trials were measured on ${counts.join(' or ')} tokens, because examples longer than the context are left out; their scores are not of the same data`,
        ]
      : []),
  ];
}
