import type { TokenPrompt } from '@ramble/core';
import {
  largestTokens,
  logSumExp,
  type LookupCounts,
  nothingRemains,
  sampledOutput,
  type ScheduledSequence,
  untilStop,
} from '@ramble/core/sampling';

import { RequestError } from '../request/ignored-fields.js';
import type { CompletionPlan, PlannedPrompt } from './plan-completion.js';
import type { DomainModel } from './read-prompt.js';

type FinishReason = 'stop' | 'length';

/** New text of an output, which is sent to the client. */
export interface ChoiceDelta {
  /** Index of the output among the outputs of its prompt, from 0. */
  readonly number: number;
  readonly text: string;
  /** The new tokens with their log-probabilities; empty if none are requested. */
  readonly tokens: readonly TokenReport[];
  readonly finishReason?: FinishReason;
  /** The score by which beam search ranked the output; absent for other outputs. */
  readonly score?: number;
}

interface OutputTextOptions {
  readonly served: DomainModel;
  readonly plan: Pick<CompletionPlan, 'request'>;
  readonly prompt: { readonly prompt: TokenPrompt; readonly text: string };
  readonly number: number;
  /**
   * Log-probabilities of the prompt's tokens, if `echo` and `logprobs` are requested. All are present when `begin` is
   * called.
   */
  readonly promptReports: readonly TokenReport[];
  /** Score of a beam, which is sent with the end of its text. */
  readonly score?: number;
  readonly onDelta: (delta: ChoiceDelta) => void;
}

/** Text of an output that is still being sampled. A part of it is sent as soon as no later token can change it. */
export interface OutputText {
  readonly tokenCount: number;
  /** Whether a stop text was found. The last text and the finish reason are then already sent. */
  readonly stopped: boolean;
  /** Sends the prompt, if the request has `echo`. */
  begin(): void;
  /**
   * Adds a token to the text.
   *
   * @param report - Returns the token's log-probabilities; called only if they are requested.
   */
  push(token: number, report: (offset: number) => TokenReport): void;
  finish(reason: FinishReason): void;
}

/** Creates the empty text of an output. */
export function outputText(options: OutputTextOptions): OutputText {
  const { served, plan, prompt, number, promptReports, score, onDelta } = options;
  const { echo, stop, logprobs } = plan.request;
  const stream = served.stream(prompt.prompt);
  const filter = untilStop(stop);
  /** Reports of tokens whose text is withheld, because a character is incomplete or a stop text may begin. */
  let withheld: TokenReport[] = [];
  let [decoded, reported] = [0, 0]; // characters
  let tokenCount = 0;

  /** Sends text that can no longer change, with the reports of the tokens that begin in it. */
  function emit(certain: string, finishReason?: FinishReason): void {
    reported += countCharacters(certain);
    const cut = filter.stopped || !finishReason;
    const tokens = withheld.filter(({ offset }) => !cut || offset < reported);
    withheld = withheld.slice(tokens.length);
    if (certain === '' && tokens.length === 0 && !finishReason) return;
    const end = finishReason && { finishReason, ...(score !== undefined && { score }) };
    onDelta({ number, text: certain, tokens, ...end });
  }

  return {
    get tokenCount() {
      return tokenCount;
    },
    get stopped() {
      return filter.stopped;
    },
    begin: () => {
      if (!echo) return;
      decoded = countCharacters(prompt.text);
      withheld = [...promptReports];
      emit(prompt.text);
    },
    push: (token, report) => {
      tokenCount++;
      if (logprobs !== undefined) withheld.push(report(decoded));
      const piece = stream.push(token);
      decoded += countCharacters(piece);
      const certain = filter.push(piece);
      emit(certain, filter.stopped ? 'stop' : undefined);
    },
    finish: (reason) => {
      const rest = filter.push(stream.end()) + filter.end();
      emit(rest, filter.stopped ? 'stop' : reason);
    },
  };
}

/** A token with its log-probabilities, for requests with `logprobs`. */
export interface TokenReport {
  readonly token: string;
  /** The log-probability in nats, before temperature and filters; the first token of a prompt has none. */
  readonly logProbability: number | null;
  /**
   * Log-probabilities in nats of the most probable tokens at the token's position and of the token itself, by text;
   * `null` if none are requested, and for the first token of a prompt.
   */
  readonly top: Readonly<Record<string, number>> | null;
  /** Offset of the token's text, in characters of the whole text that is returned. */
  readonly offset: number;
}

/**
 * Returns a token's text, offset and log-probabilities.
 *
 * @param logits - Logits at the token's position; `undefined` for the first token of a prompt.
 * @param count - Number of most probable tokens in the report.
 */
export function reportToken(
  served: DomainModel,
  token: number,
  offset: number,
  logits: ArrayLike<number> | undefined,
  count = 0,
): TokenReport {
  const report = { token: served.textOf(token), offset };
  if (!logits) return { ...report, logProbability: null, top: null };
  const total = logSumExp(logits);
  const logProbability = logits[token] - total;
  if (count === 0) return { ...report, logProbability, top: null };
  const top = [...largestTokens(logits, count), token].map((id) => {
    return [served.textOf(id), logits[id] - total] as const;
  });
  return { ...report, logProbability, top: Object.fromEntries(top) };
}

/** The length of a text in characters, as Python counts them: a pair of surrogates is one. */
export function countCharacters(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
}

/** One output of a batch, or all outputs of a beam search. */
export interface Choice extends ScheduledSequence {
  readonly tokenCount: number;
  /** Mean log-probability of the tokens, including the end; `best_of` returns outputs with the highest. */
  readonly meanLogProbability: number;
  /** Counts of the output's draft tokens; `undefined` without prompt lookup. */
  readonly lookup?: LookupCounts;
}

export interface ChoiceOptions extends OutputTextOptions {
  readonly plan: CompletionPlan;
  readonly prompt: PlannedPrompt;
  /** Called after the last text was sent; `isStuck` if the filters left no token to choose from. */
  readonly onEnd: (isStuck?: boolean) => void;
  readonly onFail: (error: unknown) => void;
}

/** Creates an output that is sampled. Each part of its text is sent once later tokens cannot change it. */
export function createChoice(options: ChoiceOptions): Choice {
  const { served, plan, prompt, number, onEnd, onFail } = options;
  const { rules, maxTokens, request } = plan;
  const text = outputText(options);
  const logProbabilities: number[] = [];
  let hasBegun = false;

  const output = sampledOutput(served.model.decoder, prompt.prompt, {
    rules,
    number,
    hasStopped: () => text.stopped,
    onFail,
    onEvent: (event, logits) => {
      if ('logProbability' in event) logProbabilities.push(event.logProbability);
      if (event.kind === 'token') {
        const { token } = event;
        text.push(token, (offset) => reportToken(served, token, offset, logits, request.logprobs));
      }
      if (event.kind !== 'end') return;
      const isStuck = event.reason === 'nothing';
      if (!text.stopped) text.finish(isStuck || event.reason === 'stop' ? 'stop' : 'length');
      onEnd(isStuck && text.tokenCount === 0);
    },
  });

  return {
    get tokenCount() {
      return text.tokenCount;
    },
    get meanLogProbability() {
      const sum = logProbabilities.reduce((total, each) => total + each, 0);
      return sum / Math.max(1, logProbabilities.length);
    },
    get lookup() {
      return output.lookup;
    },
    fail: onFail,
    draft: output.draft,
    choose: (logits) => {
      if (!hasBegun) text.begin();
      hasBegun = true;
      if (maxTokens > 0) return output.choose(logits);
      text.finish('length');
      onEnd();
      return undefined;
    },
  };
}

/** Returns the error of a request for which grammar and filters leave no token in any output. */
export function stuck(): RequestError {
  const { message } = nothingRemains();
  return new RequestError(message);
}
