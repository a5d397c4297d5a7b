import { resolve } from 'node:path';

import {
  type AnyApp,
  type AnyDomain,
  checkSettings,
  createModel,
  type Fitted,
  type Model,
  MODEL_SETTINGS,
  type ModelConfig,
  modelConfig,
  type TrainingConfig,
} from '@ramble/core';
import { adapterKindOf, adaptModel, resizeModel } from '@ramble/core/model';
import { type JsonObject, shownText } from '@ramble/core/files';
import { findRun } from '@ramble/runs/node';
import {
  adaptDomain,
  loadDomain,
  loadRun,
  modelHash,
  openRun,
  type OriginDescription,
  type Run,
} from '@ramble/runs';

import { UsageError } from '../../verb/exit-errors.js';
import { flagName, settingsIn, type Values } from '../../verb/flag.js';
import type { DomainCall } from '../../verb/verb.js';
import { checkUnchanged } from './session.js';

/** Source of a new run's domain, model config and initial parameters: its own settings, or another run. */
export interface StartPoint {
  /** Returns training defaults that suit the given settings. Present if training starts from another run's weights. */
  readonly defaultsFor?: (given: Partial<TrainingConfig>) => Partial<TrainingConfig>;
  /** Fits a new domain to the examples, or returns the other run's domain. Also returns the options of the fit. */
  makeDomain(examples: AsyncIterable<unknown>): Promise<Fitted<AnyDomain, JsonObject>>;
  makeConfig(vocabSize: number): ModelConfig;
  makeModel(config: ModelConfig, training: TrainingConfig): Promise<FirstModel>;
}

/** A model to start training from, and its origin, unless it is initialized from random numbers. */
interface FirstModel {
  readonly model: Model;
  readonly origin?: OriginDescription;
}

/**
 * Returns the start point of a training from random parameters, with a domain that is fitted to the data.
 *
 * @throws TypeError or RangeError for settings that contradict each other.
 */
export function startNew(app: AnyApp, settings: Values): StartPoint {
  const given = settingsIn(MODEL_SETTINGS, settings);
  const options = checkSettings<unknown>(app.options, settingsIn(app.options, settings));
  const makeConfig = (vocabSize: number): ModelConfig => modelConfig({ ...given, vocabSize });
  makeConfig(1); // finds wrong settings before data is read
  return {
    makeDomain: async (examples) => ({
      domain: await app.factory.fit(examples, options),
      options: options as JsonObject, // a record of settings
    }),
    makeConfig,
    makeModel: fromRandomNumbers,
  };
}

const fromRandomNumbers: StartPoint['makeModel'] = (config, training) => {
  const kind = adapterKindOf(training);
  if (kind) {
    throw new UsageError(
      `${flagName(kind.choice)}: adapters need a model under them; name it with --init-from`,
    );
  }
  return Promise.resolve({ model: createModel(config, { seed: training.seed }) });
};

/**
 * Defaults of a training of a whole imported model. Its context is much longer than most texts to learn, and large
 * updates would undo what it has learned.
 */
const TUNING_DEFAULTS: Partial<TrainingConfig> = {
  batchSize: 2,
  sequenceLength: 512,
  learningRate: 1e-4,
  warmupSteps: 10,
};

/**
 * Returns the default training settings when the weights of another run are trained further: `TUNING_DEFAULTS` for an
 * imported model; none for adapters, or for a run that was not imported.
 */
function tuningDefaults(
  { description: { origin } }: Run,
  { contextLength }: Values,
  given: Partial<TrainingConfig>,
): Partial<TrainingConfig> {
  if (origin?.kind !== 'import' || adapterKindOf(given)) return {};
  return { ...TUNING_DEFAULTS, ...(contextLength !== undefined && { sequenceLength: 0 }) };
}

/**
 * Returns the start point of a training from random parameters, with another run's domain and shape: the baseline for
 * `startFrom`.
 */
export async function startLike(
  ...[path, call]: Parameters<typeof startFrom>
): Promise<StartPoint> {
  const start = await startFrom(path, call, '--like');
  return { ...start, makeModel: fromRandomNumbers, defaultsFor: undefined };
}

/**
 * Returns the start point of a training from the model of another run, with that run's domain and shape; only the
 * context length may change. If the run is of another domain, the app's domain takes over the run's tokens. Weights
 * stored in 16 bits or int8 are trained in 32 bits.
 *
 * @param path - Value of `--init-from`.
 * @param call - The command's call. The settings of the named run override the call's preset.
 * @param flag - Flag that names the run.
 * @throws UsageError for chosen settings that differ from the named run's, and for a run of another domain whose
 *   tokens the app's domain cannot use.
 */
export async function startFrom(
  path: string,
  {
    app,
    command,
    settings,
    chosen,
  }: Pick<DomainCall<unknown>, 'app' | 'command' | 'settings' | 'chosen'>,
  flag = '--init-from',
): Promise<StartPoint> {
  const { storage, step } = findRun(path);
  const run = await openRun(storage);
  const { model, domain } = run.description;
  const isOwn = domain.name === app.name;
  const adapt = isOwn ? undefined : app.factory.adapt?.bind(app.factory);
  if (!isOwn && !adapt) {
    throw new UsageError(
      `${flag}: expected a run of the domain ${app.name}, got one of ${shownText(domain.name)}; name a run that ${command} train made`,
    );
  }
  const { contextLength = model.contextLength, ...shape } = settingsIn(MODEL_SETTINGS, chosen);
  const config = modelConfig({ ...model, contextLength: contextLength as number }); // checked when it was parsed
  checkUnchanged(shape, config, path);
  const options = settingsIn(app.options, chosen);
  if (isOwn && !app.factory.extend) checkUnchanged(options, domain.options, path);
  return {
    defaultsFor: (given) => tuningDefaults(run, chosen, given),
    makeDomain: async (examples) => {
      if (!adapt) return ownDomain(run, app, options, path);
      const given = settingsIn(app.options, settings);
      const adapted = await adaptDomain<AnyDomain, unknown, unknown>(run, adapt, examples, given);
      checkUnchanged(options, adapted.options as JsonObject, path); // a record of settings
      return { ...adapted, options: adapted.options as JsonObject };
    },
    makeConfig: (vocabSize) => modelConfig({ ...config, vocabSize }),
    makeModel: async (wanted, training) => {
      const kind = adapterKindOf(training);
      const loaded = await loadRun(storage, { step, ...(kind && { weights: 'as stored' }) });
      const origin = { kind: 'run', path: resolve(storage.name), step: loaded.step } as const;
      const { vocabSize, contextLength } = wanted;
      const isSame = vocabSize === model.vocabSize && contextLength === model.contextLength;
      if (kind) {
        const choice = flagName(kind.choice);
        if (!isSame) throw new UsageError(differentShape(flag, model, wanted, choice));
        const sha256 = await modelHash(storage, loaded.step);
        const adapted = adaptModel(loaded.model, training, training.seed);
        return { model: adapted, origin: { ...origin, sha256 } };
      }
      if (isSame) return { model: loaded.model, origin };
      const resized = resizeModel(loaded.model, { vocabSize, contextLength }, training.seed);
      loaded.model.dispose();
      return { model: resized, origin };
    },
  };
}

/**
 * Loads the domain of a run. Options that the user chose are added if the domain can be extended by them.
 *
 * @throws UsageError for an option that would change the meaning of the run's tokens.
 */
async function ownDomain(
  run: Run,
  { factory }: AnyApp,
  chosen: Values,
  path: string,
): Promise<Fitted<AnyDomain, JsonObject>> {
  const { options } = run.description.domain;
  const domain = await loadDomain(run, factory);
  const changes = Object.entries(chosen).filter(([name, value]) => value !== options[name]);
  const given = Object.fromEntries(changes);
  const extended = changes.length > 0 ? await factory.extend?.(domain, given) : undefined;
  if (extended) return { domain: extended, options: { ...options, ...given } };
  checkUnchanged(chosen, options, path);
  return { domain, options };
}

/** Returns the error message for adapters on a model that would need other tokens or another context length. */
function differentShape(
  flag: string,
  base: ModelConfig,
  wanted: ModelConfig,
  choice: string,
): string {
  const isVocabulary = wanted.vocabSize !== base.vocabSize;
  const [what, expected, got] = isVocabulary
    ? ['a model with the tokens of this domain', base.vocabSize, wanted.vocabSize]
    : ['its context length', base.contextLength, wanted.contextLength];
  const advice = isVocabulary
    ? `train without ${choice}`
    : 'give --sequence-length for shorter sequences in training';
  return `${flag}: expected ${what}, ${expected}, under adapters, got ${got}; ${advice}`;
}
