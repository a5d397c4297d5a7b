import { resolve } from 'node:path';

import type { AnyApp, AnyDomain, Model } from '@ramble/core';
import { FORMAT_CHOICES, FORMATS } from '@ramble/core/weights';
import {
  importRun,
  type KeptWeights,
  loadDomain,
  loadRun,
  modelFile,
  openRun,
  type Run,
} from '@ramble/runs';
import { findRun, folderStorage } from '@ramble/runs/node';

import { UsageError } from '../../verb/exit-errors.js';
import { ENGINE_FLAG, type Flags, type FlagValues, MODEL_NAME } from '../../verb/flag.js';
import { loadEngine } from '../../verb/load-engine.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';

const FLAGS = {
  model: {
    ...MODEL_NAME,
    description: 'A run with adapters, for its best checkpoint, or RUN/checkpoints/STEP.',
  },
  weights: {
    kind: 'choice',
    choices: FORMAT_CHOICES,
    default: FORMATS.f16.name,
    description: 'Type that the new run keeps weights in; int8 and q4 round what was learned.',
  },
  out: { kind: 'string', placeholder: 'run', description: 'The folder of the new run.' },
  ...ENGINE_FLAG,
} as const satisfies Flags;

export type MergeFlags = FlagValues<typeof FLAGS>;

/** `merge`: makes an ordinary run of a run with adapters, whose products are added to the weights of its base. */
export const mergeProgram = {
  flags: FLAGS,
  run,
} satisfies DomainProgram<MergeFlags>;

async function run({ app, flags, engines, output }: DomainCall<MergeFlags>): Promise<void> {
  const { storage, step: chosen } = findRun(flags.model);
  const { description } = await openRun(storage);
  if (description.training.loraRank === 0) {
    throw new UsageError(
      `--model: expected a run with adapters (train --lora-rank), got ${flags.model}, which has none`,
    );
  }
  const domain = await loadDomain({ storage, description }, app.factory);
  await loadEngine(engines, flags, output);
  const { model, step } = await loadRun(storage, { step: chosen });
  await writeWhole({ app, run: { storage, description }, domain, step, ...flags }, model);
  if (output.isJson) await output.printJson({ run: flags.out, step });
  else await output.print(`${flags.out}: the model with the adapters of step ${step}`);
}

interface WholeRun {
  readonly app: AnyApp;
  /** The run that the model comes from. */
  readonly run: Run;
  readonly domain: AnyDomain;
  readonly step: number;
  /** Folder of the new run. */
  readonly out: string;
  readonly weights: KeptWeights;
}

/** Makes a run of a whole model, without adapters and optimizer state. Its origin is another run. */
export async function writeWhole(
  { app, run: { storage, description }, domain, step, out, weights }: WholeRun,
  model: Model,
): Promise<void> {
  const newRun = {
    ...description,
    training: { ...description.training, loraRank: 0 },
    domain: { ...description.domain, files: app.factory.save(domain) },
    origin: { kind: 'run', path: resolve(storage.name), step },
  } as const;
  await importRun(folderStorage(out), newRun, await modelFile(model), { weights });
}
