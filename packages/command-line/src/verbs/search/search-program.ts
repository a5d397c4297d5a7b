import type { Setting } from '@ramble/core/app';
import type { JsonObject } from '@ramble/core/files';
import { folderStorage, whileLocked } from '@ramble/runs/node';

import { findOptions } from '../../data/find-data.js';
import { missingData } from '../../data/data-flags.js';
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
import { checkFolder, openStored } from '../curve/curve-store.js';
import { removeWeights } from '../curve/train-run.js';
import { findTrainingData, type TrainingFiles } from '../train/find-training-data.js';
import { newSettings } from '../train/plan-new-run.js';
import { startNew } from '../train/start-point.js';
import {
  dataWords,
  refusedTrainData,
  TRAIN_DATA_FLAGS,
  TRAIN_FLAGS,
  trainPresets,
} from '../train/train-flags.js';
import {
  COMMON_SETTINGS,
  drawCandidates,
  OWN_SETTINGS,
  parseOver,
  type SearchAxis,
  searchSettings,
  tokenAxis,
  word,
} from './candidates.js';
import {
  differentData,
  halve,
  resultNote,
  rungSizes,
  searchLines,
  type SearchRow,
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
    placeholder: 'settings',
    basic: true,
    description:
      'Settings of `train` to search, with their values or default ones: learning-rate=0.001:0.004,n-layer.',
  },
  minutes: {
    ...POSITIVE,
    basic: true,
    derived: 'none, as --max-steps is given',
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
      'Factor by which a rung has fewer trials than the one before, and each more steps.',
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

/** `ramble DOMAIN search`: searches settings of `train` by successive halving. */
export const searchProgram: DomainProgram<SearchFlags> = {
  flags: FLAGS,
  settings: searchSettings,
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
  const contradicting = `left out ${refused} combinations of settings that contradict each other`;
  if (refused > 0) await output.note(contradicting);
  const words = dataWords(app, flags);
  if (words.data === undefined && words.source === undefined) throw missingData();
  const files = await findTrainingData(words, findOptions(call));
  const option = tokenAxis(app, candidates[0]);
  if (option !== undefined && !files.valid && app.packing !== 'examples') {
    throw new UsageError(
      `--over: ${word(option)} may change the tokens, and the part of the data that is held out is cut in tokens; give separate validation data with --valid`,
    );
  }
  await whileLocked(flags.out, async () => {
    const storage = folderStorage(flags.out);
    const { over, minutes, trials, reductionFactor, initFrom, like } = flags;
    const own = { over: over.join(','), minutes, trials, reductionFactor, initFrom, like };
    const all = JSON.stringify({ ...call.settings, ...own }); // leaves out absent ones
    const settings = JSON.parse(all) as JsonObject;
    await checkFolder(storage, 'search');
    const named = { path: 'search.json', what: 'search', list: 'trials' } as const;
    const store = await openStored<Trial, 'trials'>(storage, named, { files, settings });
    await searchIn(call, candidates, files, store);
  });
}

type Store = Awaited<ReturnType<typeof openStored<Trial, 'trials'>>>;

async function searchIn(
  call: SearchCall,
  candidates: readonly Values[],
  files: TrainingFiles,
  store: Store,
): Promise<void> {
  const { flags, output } = call;
  const { out, reductionFactor: factor } = flags;
  const { seed } = trainingOf(call, {});
  const sizes = rungSizes(candidates.length, factor);
  const trials = [...(store.stored?.trials ?? (await planTrials(call, candidates, sizes)))];
  await store.save({ trials });
  const settingsFor = (trial: Trial, maxSteps: number): Values => {
    const { values, schedule, warmupSteps } = trial;
    const evalInterval = stepsOf(trial, sizes.length - 1, factor); // one evaluation, at the end
    return { ...values, schedule, warmupSteps, maxSteps, evalInterval, seed };
  };
  const rungs = `${trials.length} trials in rungs of ${sizes.join(', ')}`;
  await output.note(rungs);
  await halve(() => trials, sizes, {
    train: async (trial, rung) => {
      const steps = stepsOf(trial, rung, factor);
      const plan = { files, trial, rung, steps, settings: settingsFor(trial, steps) };
      const result = await trainTrial(call, { ...plan, isLast: rung === sizes.length - 1 });
      trials[trial.number - 1] = { ...trial, results: [...trial.results, result] };
      await store.save({ trials });
      await output.note(resultNote(trial, result, sizes.length));
    },
    drop: ({ number }) => removeWeights(trialFolder(out, number)),
  });
  const rows = searchRows(trials, sizes.length, (trial, steps) =>
    trainCommand(call, settingsFor(trial, steps), `${out}-trial-${trial.number}`),
  );
  await store.save({ trials, rows });
  const isOneVocabulary = tokenAxis(call.app, candidates[0]) === undefined;
  await report(call, rows, { rungs, warning: isOneVocabulary ? differentData(trials) : undefined });
}

/** Writes search.md, and prints the same rows. */
async function report(
  { flags: { out }, output, command }: SearchCall,
  rows: readonly SearchRow[],
  { rungs, warning }: { readonly rungs: string; readonly warning?: string },
): Promise<void> {
  const { table, commands } = searchLines(rows);
  const lines = [`# Search in ${out}`, `\n${rungs}.\n`, ...table, '', '```sh', ...commands, '```'];
  const page = [...lines, ...(warning === undefined ? [] : ['', warning]), ''];
  await folderStorage(out).writeText('search.md', page.join('\n'));
  output.progress('');
  if (output.isJson) await output.printJson({ search: out, rows });
  else for (const line of [...table, '', ...commands]) await output.print(line);
  if (warning !== undefined) await output.warn(warning, true);
  const winner = rows.at(0);
  if (winner?.state.startsWith('winner') !== true) {
    throw new Error(`${out}: no trial has a finite loss; search lower values of learning-rate`);
  }
  const run = shellQuoted(trialFolder(out, winner.trial));
  await output.note(`try the winner: ${command} sample --model ${run}`);
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
  const tables = searchSettings(call.app).map(({ settings }) => settings);
  return parseOver(call.flags.over, {
    settings: Object.assign({}, ...tables) as Readonly<Record<string, Setting>>, // as they are
    fixed: [...OWN_SETTINGS, ...COMMON_SETTINGS],
    flags: [...Object.keys(FLAGS), 'preset', 'architecture', 'config'],
    given: newSettings(call),
  });
}

/** @throws TypeError or RangeError for settings that contradict each other. */
function checkCandidate(call: SearchCall, values: Values): void {
  trainingOf(call, values);
  const { initFrom, like } = call.flags;
  if (initFrom === undefined && like === undefined) {
    startNew(call.app, newSettings(call, values));
  }
}
