import type { AnyDomain } from '@ramble/core';
import { ACTIVATION_KINDS, FORMAT_CHOICES } from '@ramble/core/weights';
import { loadDomain, type LoadedRun, loadRun, openRun } from '@ramble/runs';
import { findRun } from '@ramble/runs/node';

import { loadEngine } from '../verb/load-engine.js';
import { ENGINE_FLAG, type Flags, type FlagValues, MODEL_NAME } from '../verb/flag.js';
import type { DomainCall } from '../verb/verb.js';
import { readSpecialTokens, type SpecialTokensFlag } from './open-domain.js';

/** A trained model with its domain, ready to run. */
export interface OpenModel extends LoadedRun {
  readonly domain: AnyDomain;
  /** Name of the engine that runs the model. */
  readonly engine: string;
}

/** Parts of a command's call that open a model. */
interface ModelCall extends Pick<
  DomainCall<ModelFlags & Partial<SpecialTokensFlag>>,
  'app' | 'flags' | 'engines' | 'output'
> {
  /** False if the verb needs more than the continuation of texts (`WeightOptions`). */
  readonly onlyDecodes?: boolean;
}

/**
 * Opens what `--model` names, on the engine that `--engine` names. A run that cannot be opened is reported before
 * an engine is loaded.
 *
 * @returns the model, which need not be disposed of before the process ends.
 * @throws Error that names the file if the run is missing, broken or of another domain.
 */
export async function openModel({
  app,
  flags,
  engines,
  output,
  onlyDecodes = true,
}: ModelCall): Promise<OpenModel> {
  const { storage, step } = findRun(flags.model);
  const run = await openRun(storage);
  const domain = readSpecialTokens(await loadDomain(run, app.factory), flags);
  const { vocabSize } = run.description.model;
  if (domain.vocabulary.size !== vocabSize) {
    throw new RangeError(
      `${storage.name}/run.json: expected vocabSize ${domain.vocabulary.size}, ` +
        `as in the folder domain, got ${vocabSize}`,
    );
  }
  const engine = await loadEngine(engines, flags, output);
  const broken: string[] = [];
  const loaded = await loadRun(storage, {
    step,
    weights: flags.weights ?? 'as stored',
    activations: flags.activations,
    onlyDecodes,
    onBroken: (what) => broken.push(what),
  });
  for (const what of broken) await output.warn(what, true);
  return { ...loaded, domain, engine: engine.name };
}

export const MODEL_FLAGS = {
  model: {
    ...MODEL_NAME,
    basic: true,
    description:
      "A run's folder, for its best checkpoint, RUN/checkpoints/STEP, a Hugging Face folder, a GGUF file, or the name of a model.",
  },
  weights: {
    kind: 'choice',
    choices: FORMAT_CHOICES,
    derived: "the run's own",
    description:
      'Type that weights are kept in: f16 needs half the memory of f32, int8 a quarter, q4 a sixth.',
  },
  activations: {
    kind: 'choice',
    choices: ACTIVATION_KINDS,
    default: 'f32',
    description:
      'Type that weights are multiplied with: int8 is faster and less exact; for weights of int8 and q4.',
  },
  ...ENGINE_FLAG,
} as const satisfies Flags;

/** Flags of a verb that runs a trained model. */
export type ModelFlags = FlagValues<typeof MODEL_FLAGS>;
