import type { Grammar, Model, TokenPrompt } from '@ramble/core';
import { checkTokenIds } from '@ramble/core/domain';
import {
  grammarStateAfter,
  largestTokens,
  nextDistribution,
  samplingRules,
} from '@ramble/core/sampling';

import { readLogits } from '../batch/model-batch.js';
import { ids, integer, MAX_ALTERNATIVES, promptCall, settings } from '../call.js';
import type { NextAnswer } from '../contract.js';
import { outputRules, tokenPrompt } from '../models/requested-model.js';
import { type Distribution, distribution, pageTokens } from '../models/page-token.js';
import { type Recent, recentValues } from '../studies/recent-values.js';

/**
 * Call for the most probable next tokens, the tokens that the grammar forbids, and, with sampling settings, the
 * probabilities after the filters. The logits after recent texts are kept, so that for new settings only the filters
 * are computed again.
 */
export const nextCall = promptCall(
  {
    count: integer(1, MAX_ALTERNATIVES),
    ...{ output: ids.optional(), sampling: settings.optional(), options: settings.optional() },
  },
  async (explored, { prompt, output = [], count, sampling, options }, signal) => {
    const { domain, model } = explored;
    const { vocabSize } = model.config;
    checkTokenIds('output', output, vocabSize);
    const { config, grammar } = outputRules(explored, sampling ?? {}, options);
    const { stopTokens } = domain;
    const rules = samplingRules(vocabSize, config, { stopTokens, grammar });
    const whole = tokenPrompt(explored, prompt);
    const logits = await lastLogits(model, withOutput(prompt, output), signal);
    const found = distribution(logits, pageTokens(explored));
    const state = grammar && grammarStateAfter(grammar, whole, output);
    const after = sampling && nextDistribution(rules, logits, whole, output, state);
    const answer: NextAnswer = {
      ...(after ? filteredTokens(found, after, count) : { tokens: found.likeliest(count) }),
      entropy: found.entropy,
      ...(grammar && { refused: refusedBy(grammar.allowed(state), logits, found, count) }),
    };
    return answer;
  },
);

function withOutput({ tokens, prefixLength }: TokenPrompt, output: readonly number[]): TokenPrompt {
  return { tokens: [...Array.from(tokens), ...output], prefixLength };
}

/** Maximum number of logits that are kept for a model: 16 MB. */
const ROOM = 2 ** 22;

/** For each model, the logits after the texts that it read most recently, by the tokens of the text. */
const logitsOf = new WeakMap<Model, Recent<Float32Array>>();

/** Returns the logits after a text, `[V]`. The model reads the text only if its logits are not kept. */
async function lastLogits(
  model: Model,
  text: TokenPrompt,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const kept = logitsOf.get(model) ?? recentValues<Float32Array>(ROOM, ({ length }) => length);
  logitsOf.set(model, kept);
  const key = `${text.prefixLength ?? 0} ${Array.from(text.tokens).join()}`;
  const known = kept.find(key);
  if (known) return known;
  let read = new Float32Array();
  const onLast = (logits: Float32Array): void => {
    read = Float32Array.from(logits);
  };
  await readLogits(model, text, { onLast, signal });
  return kept.of(key, () => read);
}

/**
 * Returns the most probable tokens before the filters and the most probable ones after them, sorted by their
 * probability before the filters. `remaining` is the number of tokens that the filters leave.
 *
 * @param after - Probability of each token after the filters, `[V]`.
 * @param count - Number of tokens before the filters, and of tokens after them. A token in both is returned once.
 */
function filteredTokens(
  found: Distribution,
  after: Float64Array,
  count: number,
): Pick<NextAnswer, 'tokens' | 'remaining'> {
  const before = found.likeliest(count);
  const known = new Set(before.map(({ id }) => id));
  const raised = largestTokens(after, count).filter((id) => after[id] > 0 && !known.has(id));
  const all = [...before, ...raised.map(found.token)].sort((a, b) => a.rank - b.rank);
  return {
    tokens: all.map((each) => ({ ...each, filtered: after[each.id] })),
    remaining: after.reduce((sum, probability) => sum + (probability > 0 ? 1 : 0), 0),
  };
}

/**
 * Returns the number and total probability of the tokens that a grammar forbids, and the `count` most probable of
 * them.
 */
function refusedBy(
  allowed: ReturnType<Grammar<unknown>['allowed']>,
  logits: Float32Array,
  found: Distribution,
  count: number,
): NextAnswer['refused'] {
  const refused = Float32Array.from(logits);
  for (const id of allowed) refused[id] = -Infinity;
  const ids = Array.from(refused.keys()).filter((id) => refused[id] !== -Infinity);
  return {
    count: ids.length,
    probability: ids.reduce((sum, id) => sum + found.probability(id), 0),
    tokens: largestTokens(refused, count).map(found.token),
  };
}
