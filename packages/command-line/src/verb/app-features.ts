import type { AnyDomain, Domain, Files, SamplingConfig } from '@ramble/core';
import { type AppData, defineFeature, type HuggingFaceForm, shape } from '@ramble/core/app';

const { fn, object } = shape;

/** Reader and writer of the domain's vocabulary in a Hugging Face folder, for `export` and `import`. */
export const huggingFaceFeature = defineFeature<HuggingFaceForm<AnyDomain>>(
  'huggingFace',
  object({ read: fn(), write: fn() }),
);

/** Settings to use a model of another domain that was never trained on this one. */
export interface ZeroShot<Example, Prompt, Output> {
  /** The name of the other domain. */
  readonly domain: string;
  /**
   * Loads this domain from the files of a run of the other domain, under the other domain's name.
   *
   * @throws Error that names the file if one is missing or malformed.
   */
  load(files: Files): Promise<Domain<Example, Prompt, Output>>;
  /**
   * Default sampling settings.
   *
   * @param names - Names of the other domain's files in the run.
   */
  sampling(names: readonly string[]): Partial<SamplingConfig>;
}

/** Feature of apps that can use another domain's model: `--zero-shot`. */
export const zeroShotFeature = defineFeature<ZeroShot<unknown, unknown, unknown>>(
  'zeroShot',
  shape.object(),
);

/** Tokens that the loss of conversations counts: the answers, or all tokens. */
export type LossOn = 'answers' | 'all';

/** Conversations as training data, in files that datasets recognize by their fields. */
export interface Conversations<Example> extends Pick<AppData<Example>, 'readExamples'> {
  /** Returns the domain of a run, except that its examples are conversations. */
  domain(domain: AnyDomain, lossOn: LossOn): Domain<Example, unknown, unknown>;
}

/** Training on conversations. */
export const conversationsFeature = defineFeature<Conversations<unknown>>(
  'conversations',
  object({ readExamples: fn(), domain: fn() }),
);

/**
 * Feature of apps with their own examples for the help: words after `ramble DOMAIN VERB`, by verb. The default examples
 * continue text.
 */
export const helpExamplesFeature = defineFeature<Readonly<Record<string, readonly string[]>>>(
  'helpExamples',
  shape.object(),
);
