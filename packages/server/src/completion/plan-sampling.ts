import {
  type AnyInferenceApp,
  checkSettings,
  type Grammar,
  SAMPLING_SETTINGS,
  samplingConfig,
  type SamplingConfig,
} from '@ramble/core';
import { outputRulesFeature } from '@ramble/core/app';
import {
  BEAM_SETTINGS,
  type CheckedSampling,
  samplingRules,
  type SamplingRules,
  SHAPING_SETTINGS,
  type TokenOptions,
} from '@ramble/core/sampling';
import { counted, messageOf, newSeed } from '@ramble/core/files';
import { createConstraint } from '@ramble/language/constraints';

import { fieldName, inFieldNames, settingName } from '../request/fields.js';
import type { RequestedConstraint } from '../request/parse-constraint.js';
import type { CompletionRequest } from '../request/parse-request.js';
import { refusalOf, refuse, RequestError } from '../request/ignored-fields.js';
import type { BatchDriver } from './batch-driver.js';
import { blaming, type DomainModel } from './read-prompt.js';

/** OpenAI's default of `max_tokens`. */
const DEFAULT_MAX_TOKENS = 16;

/** Number of outputs and beams of a prompt. */
export interface OutputCounts {
  /** The number of outputs of each prompt; with beams they come from one search. */
  readonly count: number;
  /** The number of beams; 1 for no beam search. */
  readonly numBeams: number;
}

/** The sampling settings of a request, checked. */
export interface SamplingPlan {
  readonly rules: SamplingRules;
  /** Maximum number of new tokens of an output; 0 to return only the prompt. */
  readonly maxTokens: number;
}

/**
 * Counts the outputs of a request.
 *
 * @throws RequestError that names the field if even an idle server has no room for them.
 */
export function countOutputs(
  { app }: Pick<DomainModel, 'app'>,
  request: CompletionRequest,
  { places, batchSize }: Pick<BatchDriver, 'places' | 'batchSize'>,
): OutputCounts {
  const { prompts, n, best_of: count = n, sampling, max_tokens, use_beam_search } = request;
  const own = app.sampling?.numBeams ?? 1;
  const usual =
    requestedMethod(request) === 'random' ? 1 : use_beam_search ? Math.max(own, count) : own;
  if (use_beam_search && (sampling.numBeams ?? usual) === 1) {
    const needed = requestedMethod(request) === 'random' ? 'num_beams' : 'best_of, n or num_beams';
    throw refuse('use_beam_search', `${needed} above 1 with it`, use_beam_search);
  }
  const numBeams = sampling.numBeams ?? (usual > 1 ? Math.max(usual, n) : 1);
  const outputs = prompts.length * Math.max(count, numBeams);
  const countField = request.best_of === undefined ? 'n' : 'best_of';
  const field = prompts.length > places ? 'prompt' : numBeams > count ? 'num_beams' : countField;
  if (outputs > places) {
    throw new RequestError(
      `${field}: expected at most ${counted(places, 'output')} of one request, got ${outputs}`,
      { field },
    );
  }
  if (numBeams === 1) return { count, numBeams };
  if (max_tokens === 0) return { count: n, numBeams: 1 }; // no beams are needed without new tokens
  const beamsField = sampling.numBeams === undefined ? countField : 'num_beams';
  if (numBeams > batchSize) {
    throw refuse(beamsField, `at most ${counted(batchSize, 'beam')} in one batch`, numBeams);
  }
  if (count > n && count !== numBeams) {
    throw refuse('best_of', `n (${n}) or num_beams (${numBeams})`, count);
  }
  if ((request.logprobs ?? 0) > 0) {
    throw refuse('logprobs', `at most 0 with num_beams (${numBeams})`, request.logprobs);
  }
  return { count: n, numBeams };
}

/** The sampling method that a request gives; `undefined` if it leaves the choice to the domain. */
function requestedMethod({
  sampling: requested,
  use_beam_search,
}: CompletionRequest): SamplingConfig['method'] | undefined {
  if (requested.temperature === 0) return 'greedy';
  if (requested.method !== undefined) return requested.method;
  if (use_beam_search) return 'greedy';
  return SHAPING_SETTINGS.some((name) => requested[name] !== undefined) ? 'random' : undefined;
}

/**
 * Returns the sampling of a request: its own settings, the domain's defaults for the others, and the domain's
 * grammar.
 *
 * @throws RequestError that names the field.
 */
export async function samplingOf(
  served: DomainModel,
  request: CompletionRequest,
  counts: OutputCounts,
): Promise<SamplingPlan> {
  const { app, domain, model } = served;
  return blaming({ ...request, promptField: 'prompt' }, () => {
    const requestedRules = ruleSettings(app, request);
    const rules = outputRulesFeature.of(app);
    const own = { ...app.sampling, ...rules?.sampling(requestedRules) };
    const maxTokens = request.max_tokens ?? defaultMaxTokens(app, own);
    checkGrammar(served, request);
    const grammar = maxTokens > 0 &&
      request.grammar !== false && {
        grammar:
          rules?.grammar(requestedRules, { maxNewTokens: maxTokens, domain }) ?? domain.grammar,
      };
    const tokens: TokenOptions = {
      logitBias: request.logitBias.map(({ token, bias }) => ({ tokens: [token], bias })),
      stopTokens: [...domain.stopTokens, ...request.stopTokens],
      allowedTokens: request.allowedTokens,
      suppressedTokens: [
        ...request.suppressedTokens,
        ...(request.ignore_eos ? domain.stopTokens : []),
      ],
      beginSuppressedTokens: request.beginSuppressedTokens,
      forcedLastToken: request.forced_last_token,
      blockedSequences: request.blockedSequences,
      ...grammar,
      ...(request.constraint && { constraint: constraintOf(served, request.constraint) }),
    };
    const sampled = namingFields(() =>
      samplingRules(model.config.vocabSize, settingsOf(request, own, counts, maxTokens), tokens),
    );
    return { rules: sampled, maxTokens };
  });
}

/**
 * Compiles the constraint of a request.
 *
 * @throws RequestError that names the field, for a mistake in the constraint, or for outputs that are not text.
 */
function constraintOf(
  { app, domain, format }: DomainModel,
  { field, source }: RequestedConstraint,
): Grammar<unknown> {
  if (format !== undefined || !domain.vocabulary.bytes) {
    throw refuse(field, `nothing, as outputs of ${app.name} are no text`, source);
  }
  try {
    return createConstraint(domain, source);
  } catch (error) {
    const message = messageOf(error).replace(/^(regex|constraint): /, '');
    throw new RequestError(`${field}: ${message}`, { field, cause: error });
  }
}

/** Merges a request's settings over the domain's; leaves out domain settings that the method does not use. */
function settingsOf(
  request: CompletionRequest,
  own: Partial<SamplingConfig>,
  { count, numBeams }: OutputCounts,
  maxTokens: number,
): CheckedSampling {
  const { sampling: requested } = request;
  if (maxTokens === 0 && (requested.minNewTokens ?? 0) > 0) {
    throw refuse('min_tokens', 'at most max_tokens (0)', requested.minNewTokens);
  }
  const method = requestedMethod(request) ?? own.method ?? (numBeams > 1 ? 'greedy' : 'random');
  const idle: readonly string[] = [
    ...(method === 'greedy' ? SHAPING_SETTINGS : []),
    ...(numBeams === 1 ? BEAM_SETTINGS : []),
  ];
  const usual = Object.entries(own).filter(([name]) => !idle.includes(name));
  return samplingConfig({
    ...Object.fromEntries(usual),
    ...requested,
    method,
    numBeams,
    nBest: numBeams > 1 ? count : 1,
    maxNewTokens: Math.max(1, maxTokens), // checked even if no token is requested
    seed: requested.seed ?? newSeed(),
  });
}

/** Runs a check of settings; an error about a setting becomes a `RequestError` about the request's field. */
function namingFields<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw refusalOf(inFieldNames(error.message), error);
  }
}

/**
 * Checks the field `grammar`, which turns the domain's grammar on or off.
 *
 * @throws RequestError if the domain has no grammar, or for a rule of the output if the grammar is off.
 */
function checkGrammar({ app, domain }: DomainModel, request: CompletionRequest): void {
  const { grammar } = request;
  if (grammar === undefined) return;
  if (!outputRulesFeature.of(app) && !domain.grammar) {
    throw refuse('grammar', `nothing, as outputs of ${app.name} have no grammar`, grammar);
  }
  const rule = ruleWishes(app, request).at(0);
  if (grammar || rule === undefined) return;
  const [name, value] = rule;
  throw refuse(fieldName(name), 'nothing without the grammar', value);
}

/**
 * Returns the settings of the app's output rules: the request's values, and defaults for the others; `undefined` for an
 * app without rules.
 */
function ruleSettings(app: AnyInferenceApp, request: CompletionRequest): unknown {
  const rules = outputRulesFeature.of(app);
  if (!rules) return undefined;
  const own = Object.fromEntries(ruleWishes(app, request));
  return checkSettings<unknown>(rules.settings, own);
}

/** Returns the request's values for the domain's output rules, by the names of their settings. */
function ruleWishes(
  app: AnyInferenceApp,
  { promptOptions }: CompletionRequest,
): (readonly [string, unknown])[] {
  const { settings = {} } = outputRulesFeature.of(app) ?? {};
  return Object.entries(promptOptions)
    .map(([field, value]) => [settingName(field), value] as const)
    .filter(([name]) => Object.hasOwn(settings, name));
}

/**
 * Returns the default of `max_tokens`: OpenAI's for domains that continue a text, and the default of `sample` for all
 * others.
 */
function defaultMaxTokens(
  { packing }: Pick<AnyInferenceApp, 'packing'>,
  { maxNewTokens = SAMPLING_SETTINGS.maxNewTokens.default }: Partial<SamplingConfig>,
): number {
  return packing === 'stream' ? DEFAULT_MAX_TOKENS : maxNewTokens;
}
