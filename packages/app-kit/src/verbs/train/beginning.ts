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
} from '@ramble/core';

import { findRun } from '../../run-folder/find-run.js';
import { checkUnchanged, settingsIn } from './given-settings.js';

type Values = Readonly<Record<string, unknown>>;

/** Where a new run takes its domain and its first parameters from. */
export interface Beginning {
  /** What the domain is or was fitted with. */
  readonly options: JsonObject;
  makeDomain(examples: AsyncIterable<unknown>): Promise<Domain<unknown, unknown, unknown>>;
  makeConfig(vocabSize: number): ModelConfig;
  makeModel(config: ModelConfig, seed: number): Promise<Model>;
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
    makeModel: (config, seed) => Promise.resolve(createModel(config, { seed })),
  };
}

/**
 * A beginning from the model of another run, whose domain and shape the new run keeps.
 *
 * @param path - What `--init-from` names.
 * @throws UsageError for settings that are not that run's.
 */
export async function beginFrom(path: string, app: AnyApp, settings: Values): Promise<Beginning> {
  const { storage, step } = findRun(path);
  const run = await openRun(storage);
  const { model, domain } = run.description;
  checkUnchanged(settingsIn(MODEL_SETTINGS, settings), model, path);
  checkUnchanged(settingsIn(app.options, settings), domain.options, path);
  return {
    options: domain.options,
    makeDomain: () => loadDomain(run, app.factory),
    makeConfig: () => model,
    makeModel: async () => (await loadRun(storage, { step })).model,
  };
}
