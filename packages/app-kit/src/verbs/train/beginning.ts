import { resolve } from 'node:path';

import {
  type AnyApp,
  checkSettings,
  createModel,
  type Domain,
  type JsonObject,
  loadDomain,
  loadRun,
  type Model,
  MODEL_SETTINGS,
  type ModelConfig,
  modelConfig,
  openRun,
  type OriginDescription,
  shortenContext,
} from '@ramble/core';

import { UsageError } from '../../cli/exit-errors.js';
import { settingsIn } from '../../cli/settings-in.js';
import { findRun } from '../../run-folder/find-run.js';
import { checkUnchanged } from './given-settings.js';

type Values = Readonly<Record<string, unknown>>;

/** Where a new run takes its domain and its first parameters from. */
export interface Beginning {
  /** What the domain is or was fitted with. */
  readonly options: JsonObject;
  makeDomain(examples: AsyncIterable<unknown>): Promise<Domain<unknown, unknown, unknown>>;
  makeConfig(vocabSize: number): ModelConfig;
  makeModel(config: ModelConfig, seed: number): Promise<FirstModel>;
}

/** A model that training begins with, and where it comes from, unless from random numbers. */
interface FirstModel {
  readonly model: Model;
  readonly origin?: OriginDescription;
}

/**
 * A beginning from data and random numbers.
 *
 * @throws TypeError or RangeError for settings that do not go together.
 */
export function beginNew(app: AnyApp, settings: Values): Beginning {
  const given = settingsIn(MODEL_SETTINGS, settings);
  const options = checkSettings<unknown>(app.options, settingsIn(app.options, settings));
  const makeConfig = (vocabSize: number): ModelConfig => modelConfig({ ...given, vocabSize });
  makeConfig(1); // finds mistakes before data is read
  return {
    options: options as JsonObject, // a record of settings
    makeDomain: (examples) => app.factory.fit(examples, options),
    makeConfig,
    makeModel: (config, seed) => Promise.resolve({ model: createModel(config, { seed }) }),
  };
}

/**
 * A beginning from the model of another run, whose domain and shape the new run keeps. Only the
 * context may be shorter: later positions are then forgotten. Weights that the run keeps in 16 bits or
 * int8 are learned on in 32.
 *
 * @param path - What `--init-from` names.
 * @throws UsageError for settings that are not that run's.
 */
export async function beginFrom(path: string, app: AnyApp, settings: Values): Promise<Beginning> {
  const { storage, step } = findRun(path);
  const run = await openRun(storage);
  const { model, domain } = run.description;
  const given = settingsIn(MODEL_SETTINGS, settings);
  const config = modelConfig({ ...model, contextLength: shorterContext(given, model) });
  checkUnchanged(given, config, path);
  checkUnchanged(settingsIn(app.options, settings), domain.options, path);
  return {
    options: domain.options,
    makeDomain: () => loadDomain(run, app.factory),
    makeConfig: () => config,
    makeModel: async () => {
      const loaded = await loadRun(storage, { step });
      const origin = { kind: 'run', path: resolve(storage.name), step: loaded.step } as const;
      if (config.contextLength === model.contextLength) return { model: loaded.model, origin };
      const shortened = shortenContext(loaded.model, config.contextLength);
      loaded.model.dispose();
      return { model: shortened, origin };
    },
  };
}

/** The context length that was asked for, where it is not longer than the model's. */
function shorterContext({ contextLength }: Values, model: ModelConfig): number {
  if (typeof contextLength !== 'number') return model.contextLength; // checked when it was parsed
  if (contextLength <= model.contextLength) return contextLength;
  throw new UsageError(
    `--context-length: expected at most ${model.contextLength}, which the model has positions for, got ${contextLength}`,
  );
}
