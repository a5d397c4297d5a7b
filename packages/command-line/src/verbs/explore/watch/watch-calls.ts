import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { type AnyApp, checkSettings, type SettingTable } from '@ramble/core';
import { isObject, shownValue } from '@ramble/core/files';
import type { LogQuestion, RunDetails, TrainQuestion, WatchCalls } from '@ramble/explorer';
import { exists } from '@ramble/node';
import { checkpointSteps, openRun, readSamples } from '@ramble/runs';
import { findRuns, folderStorage, followLog, insideFolder } from '@ramble/runs/node';

import { operationsPerToken } from '../../train/speed.js';
import { resumeLine, type RunResumer, type StopRun, wasTrainedTogether } from './resume-run.js';
import { trainingForm, trainWords } from './training-form.js';
import { tokensPerStep, viewRun } from './view-run.js';

/** Folder of runs to watch, and functions to open, stop and resume them. */
interface Watch {
  /** The folder of runs. */
  readonly folder: string;
  /** Name or path of a domain's app on the command line; `undefined` if the domain is unknown. */
  readonly wordOf: (domain: string) => string | undefined;
  /** Loads the best checkpoint of a run as a model of the page, and returns its id. */
  readonly openModel: (path: string) => Promise<string>;
  readonly stop: StopRun;
  readonly resumer: RunResumer;
  /** Domains whose runs the page may train; empty if it may train none. */
  readonly trained: readonly string[];
  /** Loads the app of a domain. */
  readonly appOf: (domain: string) => Promise<AnyApp>;
  /** The words that start this program, for commands that are shown; `ramble` unless given. */
  readonly program?: string;
}

type Calls = {
  readonly [Name in keyof WatchCalls]: (
    question: unknown,
  ) => Promise<NonNullable<WatchCalls[Name]['answer']>>;
};

/** Fields of a request about a run. */
const RUN_FIELDS: SettingTable<{ readonly run: string }> = {
  run: { kind: 'string', description: 'Path of the run below the folder.' },
};

const LOG_FIELDS: SettingTable<LogQuestion> = {
  ...RUN_FIELDS,
  from: { kind: 'integer', min: 0, description: 'Position in the log to read from.' },
  max: { kind: 'integer', min: 1, max: 1_000_000, description: 'Maximum number of entries.' },
};

const TRAIN_FIELDS: SettingTable<TrainQuestion> = {
  ...RUN_FIELDS,
  domain: { kind: 'string', description: 'Domain of the new run.' },
  values: {
    kind: 'object',
    description: 'Values of fields of the form, by name.',
    check: (value, name) => {
      if (isObject(value) && Object.values(value).every((it) => typeof it === 'string')) return;
      throw new TypeError(`${name}: expected texts by name, got ${shownValue(value)}`);
    },
  },
};

/** Makes the handlers of requests about runs. They check the requests; errors read `name: expected X, got Y`. */
export function watchCalls(watch: Watch): Calls {
  const { folder, wordOf, openModel, stop, resumer, program } = watch;
  const pathOfName = (name: string): Promise<string> => runPath(folder, name);
  const pathOf = async (question: unknown): Promise<string> =>
    runPath(folder, checkQuestion(RUN_FIELDS, question).run);
  return {
    runs: async (question) => {
      checkQuestion({}, question);
      const names = await findRuns(folder);
      return Promise.all(
        names.map(async (name) => {
          const view = await viewRun(name, pathOfName);
          const problem = view.problem ?? resumer.problemOf(await pathOfName(name));
          return { ...view, ...(problem !== undefined && { problem }) };
        }),
      );
    },
    log: async (question) => {
      const { run, ...part } = checkQuestion(LOG_FIELDS, question);
      return followLog(await runPath(folder, run), part);
    },
    details: async (question) => {
      const path = await pathOf(question);
      const { description } = await openRun(folderStorage(path));
      return runDetails(path, wordOf(description.domain.name), program);
    },
    open: async (question) => ({ model: await openModel(await pathOf(question)) }),
    stop: async (question) => {
      await stop(await pathOf(question));
      return {};
    },
    ...trainCalls(watch),
    resume: async (question) => {
      const path = await pathOf(question);
      const { domain, origin } = (await openRun(folderStorage(path))).description;
      const word = wordOf(domain.name);
      if (word === undefined) {
        throw new Error(
          `run: expected a domain that comes with ramble or that --domain names, got ${domain.name}`,
        );
      }
      if (origin?.kind === 'import') {
        throw new Error(`run: expected one that was trained, got ${path}, which was imported`);
      }
      if (await wasTrainedTogether(path)) {
        throw new Error(
          `run: expected one that one process trains, got one of several ranks; type, with the --ranks that it had: ${await resumeLine({ path, word, program })}`,
        );
      }
      await resumer.resume({ path, word, program });
      return {};
    },
  };
}

/** Makes the handlers of requests that start trainings. */
function trainCalls(watch: Watch): Pick<Calls, 'forms' | 'train'> {
  const { folder, wordOf, resumer, trained, appOf } = watch;
  return {
    forms: async (question) => {
      checkQuestion({}, question);
      return Promise.all(trained.map(async (domain) => trainingForm(await appOf(domain))));
    },
    train: async (question) => {
      const { run, domain, values } = checkQuestion(TRAIN_FIELDS, question);
      const word = trained.includes(domain) ? wordOf(domain) : undefined;
      if (word === undefined) {
        const known =
          trained.length > 0 ? trained.join(', ') : 'none, as this page starts no training';
        throw new RangeError(`domain: expected one of ${known}, got ${domain}`);
      }
      const out = await runPath(folder, run);
      if (await exists(out)) {
        throw new Error(`run: expected a new name, got ${run}, which exists; choose another name`);
      }
      await mkdir(dirname(out), { recursive: true }); // of a name such as books/whale
      const form = trainingForm(await appOf(domain));
      await resumer.begin(out, trainWords(form, { values }, { word, out }));
      return {};
    },
  };
}

/** Number of the newest samples that are returned. */
const SAMPLES = 50;

/**
 * Returns the settings, samples and checkpoints of a run.
 *
 * @param word - Name or path, on the command line, of the app of the run's domain; absent if unknown.
 * @param program - The words that start this program; `ramble` unless given.
 * @throws Error that names the file, when the run cannot be read.
 */
async function runDetails(
  path: string,
  word: string | undefined,
  program?: string,
): Promise<RunDetails> {
  const storage = folderStorage(path);
  const { description } = await openRun(storage);
  const { domain, model, training, data, engine, origin, split } = description;
  const samples = await readSamples(storage);
  const tokens = tokensPerStep(description);
  const isTrained = origin?.kind !== 'import';
  return {
    settings: {
      model: { ...model },
      training: { ...training },
      domain: { name: domain.name, ...domain.options, fingerprint: domain.fingerprint },
      data: { ...data, ...(split !== undefined && { split }) },
      run: { engine, ...origin },
    },
    samples: samples
      .slice(-SAMPLES)
      .reverse()
      .map(({ output, ...sample }) => ({ ...sample, text: output })),
    step: { tokens, operations: tokens * operationsPerToken(model) },
    checkpoints: await checkpointSteps(storage),
    ...(isTrained &&
      word !== undefined && {
        resume: await resumeLine({ path, word, program }),
      }),
  };
}

/**
 * Checks the fields of a request.
 *
 * @throws TypeError or RangeError that names the field.
 */
function checkQuestion<Question>(table: SettingTable<Question>, question: unknown): Question {
  if (isObject(question)) return checkSettings(table, question);
  throw new TypeError(`question: expected an object, got ${shownValue(question ?? null)}`);
}

/**
 * Returns the path of the run's folder that a request names.
 *
 * @throws RangeError for a path outside the folder of runs, also through a link.
 */
async function runPath(folder: string, name: string): Promise<string> {
  const path = await insideFolder(folder, name);
  if (name !== '') return path;
  throw new RangeError('run: expected a path below the folder of runs, got an empty one');
}
