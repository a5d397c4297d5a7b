import { resolve } from 'node:path';

import { type AnyApp, trainingConfig } from '@ramble/core';
import type { LoraSettings } from '@ramble/core/model';
import { openPeftAdapter } from '@ramble/runs/hugging-face';
import { findRun } from '@ramble/runs/node';
import {
  findStep,
  importAdapters,
  loadDomain,
  modelHash,
  openRun,
  type RunStorage,
} from '@ramble/runs';

import { UsageError } from '../verb/exit-errors.js';
import { folderReader } from './open-folder.js';

interface AdapterTask {
  readonly app: AnyApp;
  /** A folder that PEFT saved. */
  readonly path: string;
  /** The run of the model that the adapters belong to, as `--base` names it. */
  readonly base: string;
  /** Storage of the run to make. */
  readonly storage: RunStorage;
}

/**
 * Makes a run of the LoRA adapters in a folder of PEFT, over the model of another run.
 *
 * @returns the settings of the adapters.
 * @throws UsageError if the other run has adapters itself; Error, TypeError or RangeError that names the file if the
 *   adapters cannot be read or do not fit the model.
 */
export async function importAdapter({
  app,
  path,
  base,
  storage,
}: AdapterTask): Promise<LoraSettings> {
  const found = findRun(base);
  const run = await openRun(found.storage);
  const { domain: own, model, training } = run.description;
  if (training.loraRank > 0) {
    throw new UsageError(`--base: expected a run of a whole model, got adapters: ${base}`);
  }
  const domain = await loadDomain(run, app.factory);
  const step = await findStep(found.storage, found.step ?? 'best');
  const { settings, values } = await openPeftAdapter(folderReader(path), model);
  const sha256 = await modelHash(found.storage, step);
  const newRun = {
    domain: { name: own.name, options: own.options, files: app.factory.save(domain) },
    model,
    training: trainingConfig(settings),
    data: {},
    engine: 'none',
    origin: { kind: 'run', path: resolve(found.storage.name), step, sha256 },
  } as const;
  await importAdapters(storage, newRun, values);
  return settings;
}
