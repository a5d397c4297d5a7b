import type { Decoder } from '../model/decoder.js';
import type { TokenPrompt } from '../domain/domain.js';
import { type Beams, createBeams, type FinishedBeam } from '../sampling/beams.js';
import { type LookupCounts, promptLookup } from '../sampling/prompt-lookup.js';
import type { SamplingRules } from '../sampling/sampling-rules.js';
import { createSequence } from '../sampling/sequence.js';
import type { OutputEvent } from './generation.js';
import type { NextRead, ScheduledSequence } from './scheduled-sequence.js';

/** Rules and callbacks of a sampled output. */
export interface SampledOutputOptions {
  readonly rules: SamplingRules;
  /** Index of the output among the outputs of one seed. It selects the random numbers. */
  readonly number: number;
  /**
   * Called with each event, in order.
   *
   * @param logits - Logits from which the token was chosen, `[V]`; valid only during the call.
   */
  readonly onEvent: (event: OutputEvent, logits: Float32Array) => void;
  readonly onFail: (error: unknown) => void;
  /** Returns whether the output ends after the token of the last event. */
  readonly hasStopped?: () => boolean;
}

/** A sampled output, with draft tokens of prompt lookup if its settings request them. */
export interface SampledOutput extends ScheduledSequence {
  /** Counts of the draft tokens so far; `undefined` without prompt lookup. */
  readonly lookup?: LookupCounts;
}

/**
 * Creates an output whose tokens are sampled one at a time.
 *
 * @param prompt - At least one token. If it is longer than the context, its end is read.
 */
export function sampledOutput(
  decoder: Decoder,
  prompt: TokenPrompt,
  { rules, number, onEvent, onFail, hasStopped }: SampledOutputOptions,
): SampledOutput {
  const { promptLookup: longest, maxNewTokens } = rules.config;
  const sequence = createSequence(decoder, prompt, { rules, number });
  const lookup = longest > 0 ? promptLookup(longest) : undefined;
  /** Draft tokens that the model has not verified yet. */
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
      draft: (maxTokens) => {
        const room = Math.min(maxTokens, maxNewTokens - sequence.output.length - 1);
        draft = lookup.draft(sequence.tokens, room);
        return draft;
      },
    }),
    choose,
    fail: onFail,
  };
}

/** Rules and callbacks of a beam search. */
export interface SearchedOutputOptions {
  readonly rules: SamplingRules;
  /** Returns whether a beam ends after these tokens. */
  readonly stopWhen: (output: readonly number[]) => boolean;
  /** Returns whether the search ends with this step, finished or not. */
  readonly isLate?: () => boolean;
  /** Called after each step with the surviving beams, from which the tree of the search can be drawn. */
  readonly onStep?: (survivors: Pick<Beams, 'pending' | 'sources' | 'sums'>) => void;
  /** Called at the end with the `nBest` outputs, best first; with none if filters left no token for any beam. */
  readonly onEnd: (outputs: readonly FinishedBeam[]) => void;
  readonly onFail: (error: unknown) => void;
}

/**
 * Creates a beam search, which takes one slot per beam.
 *
 * @param prompt - At least one token. If it is longer than the context, its end is read.
 */
export function searchedOutput(
  decoder: Decoder,
  prompt: TokenPrompt,
  { rules, stopWhen, isLate = () => false, onStep, onEnd, onFail }: SearchedOutputOptions,
): ScheduledSequence {
  const { numBeams, nBest } = rules.config;
  const V = decoder.config.vocabSize;
  const beams = createBeams(decoder, prompt, { rules, stopWhen });
  return {
    width: numBeams,
    choose: (logits) => {
      const rows = beams.pending.map((_, i) => logits.subarray(i * V, (i + 1) * V));
      beams.choose(rows, isLate());
      onStep?.(beams);
      if (!beams.hasEnded) {
        const tokens = beams.pending.map((pending) => pending.tokens[0]);
        return { kind: 'beams', tokens, sources: beams.sources };
      }
      onEnd(beams.finished.slice(0, nBest));
      return undefined;
    },
    fail: onFail,
  };
}
