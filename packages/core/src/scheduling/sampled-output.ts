import type { Decoder } from '../model/decoder.js';
import type { TokenPrompt } from '../domain/domain.js';
import { type LookupCounts, promptLookup } from '../sampling/prompt-lookup.js';
import type { SamplingRules } from '../sampling/sampling-rules.js';
import { createSequence } from '../sampling/sequence.js';
import type { OutputEvent } from './generation.js';
import type { NextRead, ScheduledSequence } from './scheduled-sequence.js';

/** The rules of an output that is sampled, and who is told of its tokens. */
export interface SampledOutputOptions {
  readonly rules: SamplingRules;
  /** Tells apart outputs of one seed. */
  readonly number: number;
  /**
   * Called with what happens, in its order.
   *
   * @param logits - Those that a token was chosen from, `[V]`; valid only during the call.
   */
  readonly onEvent: (event: OutputEvent, logits: Float32Array) => void;
  readonly onFail: (error: unknown) => void;
  /** Whether the output ends with the token of the last event. */
  readonly hasStopped?: () => boolean;
}

/** An output that a scheduler writes, by draft tokens of prompt lookup where its settings ask for them. */
export interface SampledOutput extends ScheduledSequence {
  /** Counts of its draft tokens so far; `undefined` without prompt lookup. */
  readonly lookup?: LookupCounts;
}

/**
 * Starts an output whose tokens are sampled one after another.
 *
 * @param prompt - At least one token; of a longer prompt than the context the end is read.
 */
export function sampledOutput(
  decoder: Decoder,
  prompt: TokenPrompt,
  { rules, number, onEvent, onFail, hasStopped }: SampledOutputOptions,
): SampledOutput {
  const { promptLookup: longest, maxNewTokens } = rules.config;
  const sequence = createSequence(decoder, prompt, { rules, number });
  const lookup = longest > 0 ? promptLookup(longest) : undefined;
  /** Draft tokens that are not compared yet. */
  let draft: readonly number[] = [];

  const counts = (): LookupCounts | undefined =>
    lookup && { drafted: lookup.drafted, accepted: lookup.accepted };
  const compare = (token: number): void => {
    const isRight = draft.at(0) === token;
    if (isRight) lookup?.count(1);
    draft = isRight ? draft.slice(1) : [];
  };
  const choose = (logits: Float32Array): NextRead | undefined => {
    for (const event of sequence.choose(logits)) {
      if (event.kind === 'token') compare(event.token);
      if (event.kind === 'end') {
        onEvent({ ...event, ...(lookup && { lookup: counts() }) }, logits);
        return undefined;
      }
      onEvent(event, logits);
      if (event.kind !== 'token' || !hasStopped?.()) continue;
      onEvent({ kind: 'end', reason: 'asked', ...(lookup && { lookup: counts() }) }, logits);
      return undefined;
    }
    const { tokens, restarts, known } = sequence.pending;
    return restarts ? { kind: 'restart', tokens, known } : tokens[0];
  };
  return {
    get lookup() {
      return counts();
    },
    ...(lookup && {
      draft: (most) => {
        const room = Math.min(most, maxNewTokens - sequence.output.length - 1);
        draft = lookup.draft(sequence.tokens, room);
        return draft;
      },
    }),
    choose,
    fail: onFail,
  };
}
