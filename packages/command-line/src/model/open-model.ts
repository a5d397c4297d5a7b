import { type AnyApp, type AnyDomain, checkSettings } from '@ramble/core';
import { messageOf, shownText } from '@ramble/core/files';
import { CACHE_FORMAT_NAMES } from '@ramble/core/model';
import { ACTIVATION_KINDS, FORMAT_CHOICES } from '@ramble/core/weights';
import { checkpointFolder, loadDomain, type LoadedRun, loadRun, openRun } from '@ramble/runs';
import { findRun } from '@ramble/runs/node';

import { zeroShotFeature } from '../verb/app-features.js';
import { UsageError } from '../verb/exit-errors.js';
import {
  ENGINE_FLAG,
  flagName,
  type Flags,
  type FlagValues,
  MODEL_NAME,
  subjectOf,
  SWITCH,
} from '../verb/flag.js';
import { loadEngine } from '../verb/load-engine.js';
import type { DomainCall, DomainProgram, SettingGroup } from '../verb/verb.js';

export const DOMAIN_FLAGS = {
  model: {
    ...MODEL_NAME,
    basic: true,
    derived: 'none; settings that need no data',
    description: 'The run whose domain to use.',
  },
} as const satisfies Flags;

/** Flags of a verb that needs a domain, but no model. */
type DomainFlags = FlagValues<typeof DOMAIN_FLAGS>;

/** Returns the settings that make a domain if no run is given: the app's own options. */
export const domainSettings: DomainProgram<object>['settings'] = (app) => [
  { title: 'Without a run', settings: app.options },
];

/**
 * Opens the domain of a run, or a domain from only settings.
 *
 * @throws UsageError if both are given, or the settings need data to learn from.
 */
export async function openDomain(
  call: Pick<DomainCall<DomainFlags & Partial<SpecialTokensFlag>>, 'app' | 'flags' | 'settings'>,
): Promise<AnyDomain> {
  return readSpecialTokens(await findDomain(call), call.flags);
}

async function findDomain({
  app,
  flags: { model },
  settings,
}: Pick<DomainCall<DomainFlags>, 'app' | 'flags' | 'settings'>): Promise<AnyDomain> {
  if (model === undefined) {
    const options = checkSettings(app.options, settings);
    try {
      return await domainWithoutData(app, options);
    } catch (error) {
      const reason = messageOf(error);
      if (Object.hasOwn(app.options, subjectOf(reason) ?? '')) throw error; // the setting is wrong with data too
      throw new UsageError(
        `--model: expected a run, or the settings of a domain that needs no data, got none (${reason})`,
        { cause: error },
      );
    }
  }
  const extra = Object.keys(settings).at(0);
  if (extra !== undefined) {
    throw new UsageError(`${flagName(extra)}: expected no value with --model, which has its own`);
  }
  return loadDomain(await openRun(findRun(model).storage), app.factory);
}

/**
 * Makes a domain from only its options.
 *
 * @throws Error if it must learn from data.
 */
export function domainWithoutData(app: AnyApp, options: unknown): Promise<AnyDomain> {
  return app.factory.fit(noExamples(), options);
}

/** Yields no examples, for a domain that learns nothing from data. */
export async function* noExamples(): AsyncGenerator<never> {
  // No data to learn from.
}

export const SPECIAL_TOKENS_FLAG = {
  specialTokens: {
    ...SWITCH,
    description:
      'Read names of special tokens, such as <|endoftext|>, as those tokens, not as text.',
  },
} as const satisfies Flags;

/** Value of the flag `--special-tokens`, which verbs that read prompts have. */
type SpecialTokensFlag = FlagValues<typeof SPECIAL_TOKENS_FLAG>;

/**
 * Applies `--special-tokens` to a domain.
 *
 * @throws UsageError if the prompts of the domain are no text.
 */
function readSpecialTokens(
  domain: AnyDomain,
  { specialTokens = false }: Partial<SpecialTokensFlag>,
): AnyDomain {
  if (!specialTokens) return domain;
  if (domain.allowSpecialTokens) return domain.allowSpecialTokens();
  throw new UsageError(
    `--special-tokens: expected a domain whose prompts may name special tokens, got ${domain.name}`,
  );
}

/** A trained model with its domain, ready to run. */
export interface OpenModel extends LoadedRun {
  readonly domain: AnyDomain;
  /** Name of the engine that runs the model. */
  readonly engine: string;
}

/** The app, flags, engines and output of a call, from which its model is opened. */
interface ModelCall extends Pick<
  DomainCall<ModelFlags & Partial<FlagValues<typeof DECODING_FLAGS> & SpecialTokensFlag>>,
  'app' | 'flags' | 'engines' | 'output'
> {
  /**
   * Whether the verb uses the model only for decoding, which can then be faster (`WeightOptions`). False if it also
   * measures a loss, for example. True unless given.
   */
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
    kvCache: flags.kvCache,
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

export const DECODING_FLAGS = {
  ...MODEL_FLAGS,
  kvCache: {
    kind: 'choice',
    choices: CACHE_FORMAT_NAMES,
    derived: 'f16 with weights of at most 16 bits; else f32',
    description: 'Type of cached keys and values: f16 halves the memory of f32, int8 quarters it.',
  },
} as const satisfies Flags;

/** Returns the flag `--zero-shot` for apps that can use a model of another domain; an empty list for other apps. */
export function zeroShotSettings(app: AnyApp): readonly SettingGroup[] {
  if (!zeroShotFeature.of(app)) return [];
  const description =
    'Use a model of text, which was not trained for this: an instruct model is asked by its chat template.';
  const settings = {
    zeroShot: { kind: 'boolean', basic: true, default: false, description },
  } as const;
  return [{ title: 'Models of another domain', settings }];
}

/**
 * Applies `--zero-shot` to a call. Its app then loads a run of another domain (such as text) for the task of its own
 * domain. Without the flag, the app is unchanged.
 *
 * @throws Error if the run of `--model` belongs to another domain than the app supports.
 */
export async function zeroShotCall<Flags extends { readonly model: string }>(
  call: DomainCall<Flags>,
): Promise<DomainCall<Flags>> {
  const { zeroShot: isAsked, ...settings } = call.settings;
  const { app, flags } = call;
  const zeroShot = zeroShotFeature.of(app);
  if (isAsked !== true || !zeroShot) return { ...call, settings };
  const factory = { ...app.factory, load: zeroShot.load.bind(zeroShot) };
  const { storage } = findRun(flags.model);
  const { name } = (await openRun(storage)).description.domain;
  if (name !== zeroShot.domain) {
    const remedy = name === app.name ? '; leave --zero-shot out' : '';
    throw new Error(
      `${flags.model}: expected a run of the domain ${zeroShot.domain} with --zero-shot, got one of ${shownText(name)}${remedy}`,
    );
  }
  const names = await storage.list('domain');
  return { ...call, settings, app: { ...app, factory, sampling: zeroShot.sampling(names) } };
}

/**
 * Whether a model is untrained. A run that was imported or averaged is at step 0 too, but it has an origin or no
 * training state.
 */
export async function learnedNothing({
  storage,
  step,
  description,
}: Pick<LoadedRun, 'storage' | 'step' | 'description'>): Promise<boolean> {
  if (step > 0 || description.origin) return false;
  return (await storage.list(checkpointFolder(step))).includes('training.json');
}
