import {
  type AnyApp,
  checkSettings,
  type Grammar,
  SAMPLING_SETTINGS,
  type SamplingConfig,
  type SamplingOptions,
} from '@ramble/core';
import { counted } from '@ramble/core/files';

import { settingName } from '../request/domain-fields.js';
import type { CompletionRequest } from '../request/parse-request.js';
import { refuse, RequestError } from '../request/request-error.js';
import type { BatchDriver } from './batch-driver.js';
import type { DomainModel } from './domain-model.js';
import { blaming } from './read-prompt.js';

/** OpenAI's, where `max_tokens` is not given. */
const DEFAULT_MAX_TOKENS = 16;

/** How many outputs of a prompt are written side by side. */
export interface OutputCounts {
  /** The number of outputs of each prompt; with beams they come from one search. */
  readonly count: number;
  /** The number of beams; 1 means that there is no beam search. */
  readonly numBeams: number;
}

/** How the tokens of a request are chosen, except for the seed. */
export interface SamplingPlan {
  readonly sampling: SamplingOptions;
  readonly maxTokens: number;
}

/**
 * Counts the outputs that a request asks for.
 *
 * @throws RequestError for more than find room where nothing else runs; it names the field.
 */
export function countOutputs(
  { app }: Pick<DomainModel, 'app'>,
  request: CompletionRequest,
  { places, batchSize }: Pick<BatchDriver, 'places' | 'batchSize'>,
): OutputCounts {
  const { prompts, n, best_of: count = n, num_beams, max_tokens } = request;
  const usual = isDrawn(request) ? 1 : (app.sampling?.numBeams ?? 1);
  const numBeams = num_beams ?? (usual > 1 ? Math.max(usual, n) : 1);
  const outputs = prompts.length * Math.max(count, numBeams);
  const countField = request.best_of === undefined ? 'n' : 'best_of';
  const field = prompts.length > places ? 'prompt' : numBeams > count ? 'num_beams' : countField;
  if (outputs > places) {
    throw new RequestError(
      `${field}: expected at most ${counted(places, 'output')} of one request, got ${outputs}`,
      { field },
    );
  }
  if (numBeams === 1 || max_tokens === 0) return { count, numBeams: 1 };
  const beamsField = num_beams === undefined ? 'n' : 'num_beams';
  if (numBeams > batchSize) {
    throw refuse(beamsField, `at most ${counted(batchSize, 'beam')} side by side`, numBeams);
  }
  if (n > numBeams) throw refuse('n', `at most num_beams (${numBeams})`, n);
  if (count > n) throw refuse('best_of', `n (${n}) beside num_beams (${numBeams})`, count);
  if ((request.logprobs ?? 0) > 0) {
    throw refuse('logprobs', `at most 0 beside num_beams (${numBeams})`, request.logprobs);
  }
  return { count: n, numBeams };
}

/** Whether a request asks for draws from the distribution, and not for the likeliest. */
function isDrawn(request: CompletionRequest): boolean {
  const { method, temperature, top_p, top_h, top_k, min_p, typical_p } = request;
  if (method !== undefined) return method === 'random';
  if (temperature === 0 || top_p === 0) return false;
  const cutoffs = [request.epsilon_cutoff, request.eta_cutoff];
  return [temperature, top_p, top_h, top_k, min_p, typical_p, ...cutoffs].some(
    (each) => each !== undefined,
  );
}

/**
 * How a request's tokens are chosen: as it says, where it says nothing as the domain does, and by the
 * domain's grammar.
 *
 * @throws RequestError that names the field.
 */
export async function samplingOf(
  served: DomainModel,
  request: CompletionRequest,
  { numBeams }: OutputCounts,
): Promise<SamplingPlan> {
  const { app, domain } = served;
  return blaming({ ...request, promptField: 'prompt' }, () => {
    const asked = ruleSettings(app, request);
    const own = { ...app.sampling, ...app.outputRules?.sampling(asked) };
    const maxTokens = request.max_tokens ?? defaultMaxTokens(app, own);
    if (request.min_tokens > maxTokens) {
      throw refuse('min_tokens', `at most max_tokens (${maxTokens})`, request.min_tokens);
    }
    const ruled: Grammar<unknown> | undefined =
      maxTokens === 0
        ? undefined
        : app.outputRules?.grammar(asked, { maxNewTokens: maxTokens, domain });
    const sampling: SamplingOptions = {
      ...shapeOf(request, own, numBeams),
      ...beamsOf(request, own, numBeams),
      repetitionPenalty: request.repetition_penalty ?? own.repetitionPenalty,
      presencePenalty: request.presence_penalty ?? own.presencePenalty,
      frequencyPenalty: request.frequency_penalty ?? own.frequencyPenalty,
      noRepeatNgramSize: request.no_repeat_ngram_size ?? own.noRepeatNgramSize,
      stopTokenStart: request.stop_token_start ?? own.stopTokenStart,
      stopTokenFactor: request.stop_token_factor ?? own.stopTokenFactor,
      slideShare: request.slide_share ?? own.slideShare,
      minNewTokens: request.min_tokens,
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
      grammar: ruled ?? domain.grammar,
    };
    checkStopTokens(sampling);
    return { sampling, maxTokens };
  });
}

/** @throws RequestError for a beginning without the factor that begins there. */
function checkStopTokens({ stopTokenStart = 0, stopTokenFactor = 1 }: SamplingOptions): void {
  if (stopTokenStart === 0 || stopTokenFactor !== 1) return;
  throw refuse('stop_token_start', '0 without stop_token_factor', stopTokenStart);
}

/** Settings of the domain's rules for outputs, as a request asks for them. */
function ruleSettings({ outputRules }: AnyApp, { wishes }: CompletionRequest): unknown {
  if (!outputRules) return undefined;
  const own = Object.entries(wishes)
    .map(([field, value]) => [settingName(field), value] as const)
    .filter(([name]) => Object.hasOwn(outputRules.settings, name));
  return checkSettings<unknown>(outputRules.settings, Object.fromEntries(own));
}

/** OpenAI's for text that goes on; an answer or a piece may be as long as `sample` writes it. */
function defaultMaxTokens(
  { packing }: Pick<AnyApp, 'packing'>,
  { maxNewTokens = SAMPLING_SETTINGS.maxNewTokens.default }: Partial<SamplingConfig>,
): number {
  return packing === 'stream' ? DEFAULT_MAX_TOKENS : (maxNewTokens ?? DEFAULT_MAX_TOKENS);
}

/** The method, and what shapes the distribution that it draws from. */
function shapeOf(
  request: CompletionRequest,
  own: Partial<SamplingConfig>,
  numBeams: number,
): Partial<SamplingConfig> {
  const { temperature, top_p, top_h, top_k, min_p, typical_p } = request;
  const isDrawnByDefault = (own.method ?? (numBeams > 1 ? 'greedy' : 'random')) === 'random';
  // Both leave the likeliest token alone, where they end.
  const isGreedy =
    request.method === 'greedy' ||
    temperature === 0 ||
    top_p === 0 ||
    !(isDrawn(request) || isDrawnByDefault);
  if (isGreedy) return { method: 'greedy' };
  return {
    method: 'random',
    temperature: temperature ?? own.temperature,
    topP: top_p ?? own.topP,
    topK: Math.max(0, top_k ?? own.topK ?? 0),
    minP: min_p ?? own.minP,
    typicalP: typical_p ?? own.typicalP,
    topH: top_h ?? own.topH,
    epsilonCutoff: request.epsilon_cutoff ?? own.epsilonCutoff,
    etaCutoff: request.eta_cutoff ?? own.etaCutoff,
  };
}

/** @throws RequestError for fields of beams where there are none. */
function beamsOf(
  request: CompletionRequest,
  own: Partial<SamplingConfig>,
  numBeams: number,
): Partial<SamplingConfig> {
  const { length_penalty, length_penalty_form, renormalize_logits, early_stopping } = request;
  if (numBeams > 1) {
    return {
      numBeams,
      lengthPenalty: length_penalty ?? own.lengthPenalty,
      lengthPenaltyForm: length_penalty_form ?? own.lengthPenaltyForm,
      renormalizeLogits: renormalize_logits ?? own.renormalizeLogits,
      earlyStopping: early_stopping ?? own.earlyStopping,
    };
  }
  if (length_penalty !== undefined && length_penalty !== 1) {
    throw refuse('length_penalty', '1 without num_beams', length_penalty);
  }
  if (length_penalty_form === 'gnmt') {
    throw refuse('length_penalty_form', 'power without num_beams', length_penalty_form);
  }
  if (renormalize_logits) {
    throw refuse('renormalize_logits', 'false without num_beams', renormalize_logits);
  }
  if (early_stopping !== undefined && early_stopping !== 'false') {
    throw refuse(
      'early_stopping',
      'false without num_beams',
      early_stopping === 'true' || early_stopping,
    );
  }
  return {};
}
