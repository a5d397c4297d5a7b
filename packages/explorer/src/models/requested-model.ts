import {
  type AnyInferenceApp,
  type AnyDomain,
  checkSettings,
  type Grammar,
  type Model,
  type SamplingConfig,
  samplingConfig,
  type TokenPrompt,
} from '@ramble/core';
import { outputRulesFeature } from '@ramble/core/app';
import { checkTokenPrompt } from '@ramble/core/domain';
import type { CheckedSampling } from '@ramble/core/sampling';
import { shownText } from '@ramble/core/files';

import type { PagePrompt, PromptQuestion, PromptSource } from '../contract.js';

/**
 * Returns the model that a request names, and checks the request's prompt.
 *
 * @throws RangeError for a model that is not open, an empty prompt, or ids that its vocabulary does not have.
 */
export function requestedModel(
  models: ExploredModels,
  { model: id, prompt }: PromptQuestion,
): ExploredModel {
  const explored = findModel(models, id);
  checkTokenPrompt('prompt', prompt, explored.model.config.vocabSize);
  return explored;
}

/** An open model with its domain. */
export interface ExploredModel {
  /** Id by which questions (requests) name the model. */
  readonly id: string;
  readonly model: Model;
  readonly app: AnyInferenceApp;
  readonly domain: AnyDomain;
  /** Name of the engine that runs the model. */
  readonly engine: string;
}

/** The open models, which may change while calls are answered. */
export interface ExploredModels {
  list(): readonly ExploredModel[];
  find(id: string): ExploredModel | undefined;
}

/**
 * Returns the model with an id.
 *
 * @throws RangeError if no open model has the id; the message lists the open models.
 */
export function findModel(models: ExploredModels, id: string): ExploredModel {
  const found = models.find(id);
  if (found) return found;
  const ids = models.list().map((model) => model.id);
  const expected =
    ids.length > 0 ? `one of ${ids.join(', ')}` : 'an open model, of which there is none';
  throw new RangeError(`model: expected ${expected}, got ${shownText(id)}`);
}

type Values = Readonly<Record<string, unknown>>;

/** Sampling settings and grammar of outputs. */
export interface OutputRules {
  readonly config: CheckedSampling;
  /** The grammar of the outputs; `undefined` if the domain has none. */
  readonly grammar?: Grammar<unknown>;
}

/**
 * Returns the sampling settings and grammar that `ramble sample` would use: the given settings, and the app's
 * defaults for all others.
 *
 * @param sampling - Values of sampling settings.
 * @param options - Values of the app's settings of outputs.
 * @throws TypeError or RangeError that names the setting.
 */
export function outputRules(
  { app, domain }: Pick<ExploredModel, 'app' | 'domain'>,
  sampling: Values,
  options: Values = {},
): OutputRules {
  const rules = outputRulesFeature.of(app);
  const checked = checkSettings<unknown>(rules?.settings ?? {}, options);
  const usual: Partial<SamplingConfig> = { ...app.sampling, ...rules?.sampling(checked) };
  const config = samplingConfig({ ...usual, ...sampling });
  const { maxNewTokens } = config;
  return {
    config,
    grammar: rules ? rules.grammar(checked, { maxNewTokens, domain }) : domain.grammar,
  };
}

/**
 * Reads a prompt as the user gave it. For an option that names a file (`Prompting.files`), `file` has the content,
 * and the option only the name.
 *
 * @throws RangeError for a text with a file, and for a file that is not in base64.
 */
export function readSource(
  { app }: Pick<ExploredModel, 'app'>,
  { text, file, options = {}, outputOptions }: PromptSource,
): unknown {
  if (file !== undefined && text !== undefined) {
    throw new RangeError('text: expected none with a file, got one');
  }
  const prompt = app.readPrompt(
    file === undefined ? new TextEncoder().encode(text ?? '') : fromBase64('file', file),
  );
  const promptOptions = checkSettings<unknown>(app.prompting?.settings ?? {}, options);
  return app.prompting ? app.prompting.apply(prompt, promptOptions, outputOptions) : prompt;
}

/**
 * Converts a prompt of the page to a `TokenPrompt`. The parts that are not plain JSON (`grammarInput`, `slide`) are
 * computed from `source`.
 */
export function tokenPrompt(
  explored: Pick<ExploredModel, 'app' | 'domain'>,
  { source, ...prompt }: PagePrompt,
): TokenPrompt {
  if (source === undefined) return prompt;
  const { grammarInput, slide } = explored.domain.encodePrompt(readSource(explored, source));
  return { ...prompt, grammarInput, ...(slide && { slide }) };
}

/**
 * Decodes a file from base64.
 *
 * @param name - Name of the field, for the error.
 * @throws RangeError if it is not base64.
 */
export function fromBase64(name: string, base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    throw new RangeError(`${name}: expected a file in base64, got other text`);
  }
}

/** Converts a prompt to plain JSON. */
export function pagePrompt({ tokens, prefixLength, outputStart }: TokenPrompt): PagePrompt {
  return {
    tokens: Array.from(tokens),
    ...(prefixLength !== undefined && { prefixLength }),
    ...(outputStart !== undefined && { outputStart }),
  };
}
