import type { AnyApp } from '@ramble/core';
import { MODEL_PRESETS, MODEL_SETTINGS, type Setting, TRAINING_SETTINGS } from '@ramble/core/app';

import {
  COUNT,
  ENGINE_FLAG,
  type Flags,
  type FlagValues,
  MODEL_NAME,
  OPTIONAL_FILE,
  POSITIVE,
  SWITCH,
  type Values,
  withDefaults,
} from '../../verb/flag.js';
import type { DomainProgram, SettingGroup } from '../../verb/verb.js';
import {
  checkParallel,
  FIELDS_FLAG,
  LOSS_ON_FLAG,
  PARALLEL_FLAGS,
  refusedFields,
  refusedLossOn,
} from '../../data/data-flags.js';
import type { DataWords } from './find-training-data.js';

export const TRAIN_DATA_FLAGS = {
  data: {
    kind: 'list',
    basic: true,
    derived: "with --resume the run's own",
    description:
      'Files, folders, the name of a corpus (`ramble data list`), or - for standard input.',
  },
  valid: {
    kind: 'list',
    derived: 'a tenth of the data',
    description: 'Validation data, given in the same ways as --data.',
  },
  ...FIELDS_FLAG,
  ...LOSS_ON_FLAG,
  ...PARALLEL_FLAGS,
  validSource: { ...OPTIONAL_FILE, description: 'Like --source, for the validation data.' },
  validTarget: { ...OPTIONAL_FILE, description: 'Like --target, for the validation data.' },
} as const satisfies Flags;

/** Flags that name the training and validation data. */
export type TrainDataFlags = FlagValues<typeof TRAIN_DATA_FLAGS>;

/** Returns the names of the data flags of `train` that an app does not support. */
export function refusedTrainData(app: AnyApp): (keyof TrainDataFlags)[] {
  const parallel = ['source', 'target', 'validSource', 'validTarget'] as const;
  return [...refusedFields(app), ...refusedLossOn(app), ...(app.data.readParallel ? [] : parallel)];
}

/** Values of flags of `train` for verbs that train but lack these flags, such as `curve`. */
export const VERB_DEFAULTS = {
  rankTimeout: 600,
  shardOptimizer: false,
  survive: false,
  tensorboard: false,
};

export const TRAIN_FLAGS = {
  ...TRAIN_DATA_FLAGS,
  out: {
    kind: 'string',
    basic: true,
    placeholder: 'run',
    description: 'The folder that the run is written to.',
  },
  initFrom: {
    ...MODEL_NAME,
    basic: true,
    derived: 'random numbers',
    description:
      'A run whose model this one starts from. If tokens are text, it may be a run of text.',
  },
  like: {
    ...MODEL_NAME,
    derived: 'none',
    description: 'A run whose tokens and shape this one takes, with new random weights.',
  },
  resume: {
    ...SWITCH,
    basic: true,
    description: 'Continue the run in --out; only limits may change.',
  },
  keepCheckpoints: {
    ...COUNT,
    default: 2,
    description: 'Number of newest checkpoints to keep in addition to the best one.',
  },
  tensorboard: {
    ...SWITCH,
    description: 'Write the log as event files of TensorBoard too, into the folder of the run.',
  },
  probe: {
    kind: 'choice',
    choices: ['induction'],
    derived: 'none',
    description:
      'Property of the model that each evaluation measures and logs. induction: the highest score of a head that ' +
      'attends to what followed an earlier copy of the token.',
  },
  ranks: {
    ...COUNT,
    max: 65_536,
    derived: 'as many as --hosts take, or those that mpirun has started, or 1',
    description: 'Number of processes that train together, started by the MPI on the path.',
  },
  hosts: {
    kind: 'string',
    placeholder: 'a,b:2',
    derived: 'this machine, or the machines of a scheduler',
    description:
      'Machines to start ranks on, each with its number of them where it is more than 1; they have the ' +
      'program and the data under the same paths.',
  },
  survive: {
    ...SWITCH,
    description:
      'Go on when some ranks end, as long as the first one is there; needs Open MPI 5, and in a launch ' +
      'of your own mpirun --with-ft ulfm.',
  },
  rankTimeout: {
    ...POSITIVE,
    max: 604_800,
    default: VERB_DEFAULTS.rankTimeout,
    description:
      'Seconds that ranks wait for one another before all are ended; the others wait ' +
      'while the first one reads and tokenizes the data.',
  },
  shardOptimizer: {
    ...SWITCH,
    description:
      'Keep on each rank the moments of a part of the parameters alone, which it updates for all ' +
      '(ZeRO-1): the same model with less memory.',
  },
  ...ENGINE_FLAG,
} as const satisfies Flags;

export type TrainFlags = FlagValues<typeof TRAIN_FLAGS>;

/**
 * Returns the settings of `train` in groups: model, training, and the app's options. The vocabulary size is not among
 * them, because the domain determines it.
 */
export function trainSettings(app: AnyApp): SettingGroup[] {
  const model: Record<string, Setting> = { ...MODEL_SETTINGS };
  delete model.vocabSize;
  const defaults = app.presets?.defaults;
  const title = `${app.name.charAt(0).toUpperCase()}${app.name.slice(1)}`;
  return [
    { title: 'Model', settings: withDefaults(model, defaults) },
    { title: 'Training', settings: withDefaults({ ...TRAINING_SETTINGS }, defaults) },
    { title, settings: { ...app.options } },
  ];
}

export function trainPresets(app: AnyApp): Readonly<Record<string, Values>> {
  const named = Object.entries(app.presets ?? {}).filter(([name]) => name !== 'defaults');
  return { ...MODEL_PRESETS, ...Object.fromEntries(named) };
}

/**
 * Returns the given paths and names of the training data.
 *
 * @throws UsageError for flags that exclude each other.
 */
export function dataWords(app: AnyApp, flags: TrainDataFlags): DataWords {
  checkParallel(app, flags, ['source', 'target', 'data']);
  checkParallel(app, flags, ['validSource', 'validTarget', 'valid']);
  const { data, valid, source, target, validSource, validTarget, fields, lossOn } = flags;
  const files = { data, valid, source, target, validSource, validTarget };
  const given = Object.entries({ ...files, fields, lossOn });
  return Object.fromEntries(given.filter(([, words]) => words !== undefined));
}

/** Declaration of `ramble DOMAIN train` without `run`, whose code the help need not load. */
export const TRAIN_TABLE: Omit<DomainProgram<TrainFlags>, 'run'> = {
  waitsFor: 'data',
  flags: TRAIN_FLAGS,
  settings: trainSettings,
  refused: refusedTrainData,
  presets: trainPresets,
};
