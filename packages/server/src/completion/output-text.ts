import { untilStop, type TokenPrompt } from '@ramble/core';

import type { CompletionPlan } from './plan-completion.js';
import type { DomainModel } from './domain-model.js';
import { countCharacters, reportToken, type TokenReport } from './token-report.js';

type FinishReason = 'stop' | 'length';

/** The new part of an output. */
export interface ChoiceDelta {
  /** The number of the output among those of its prompt, from 0. */
  readonly number: number;
  readonly text: string;
  /** Reports of the new tokens; empty where no log-probabilities are asked for. */
  readonly tokens: readonly TokenReport[];
  readonly finishReason?: FinishReason;
  /** The score that a beam was ranked by; other outputs have none. */
  readonly score?: number;
}

export interface OutputTextOptions {
  readonly served: DomainModel;
  readonly plan: Pick<CompletionPlan, 'request'>;
  readonly prompt: { readonly prompt: TokenPrompt; readonly text: string };
  readonly number: number;
  /**
   * Reports of the prompt's tokens, where prompt and log-probabilities are requested; complete by
   * `begin`.
   */
  readonly promptReports: readonly TokenReport[];
  /** The score of a beam, which is told with its end. */
  readonly score?: number;
  readonly onDelta: (delta: ChoiceDelta) => void;
}

/** The text of an output while its tokens come, told as soon as it is certain. */
export interface OutputText {
  readonly tokenCount: number;
  /** Whether a stop text came; the output has told its end. */
  readonly stopped: boolean;
  /** Tells the prompt, where it is asked for. */
  begin(): void;
  /**
   * Adds a token to the text.
   *
   * @param report - What is told of the token to those who ask for log-probabilities.
   */
  push(token: number, report: (offset: number) => TokenReport): void;
  finish(reason: FinishReason): void;
}

/** Begins the text of an output. */
export function outputText(options: OutputTextOptions): OutputText {
  const { served, plan, prompt, number, promptReports, score, onDelta } = options;
  const { echo, stop, logprobs } = plan.request;
  const stream = served.stream(prompt.prompt);
  const filter = untilStop(stop);
  /** Reports of tokens whose text is held back, as a character is incomplete or a stop may begin. */
  let held: TokenReport[] = [];
  let [decoded, told] = [0, 0]; // characters
  let tokenCount = 0;

  /** Tells what text has become certain, and of the tokens that begin in it. */
  function tell(certain: string, finishReason?: FinishReason): void {
    told += countCharacters(certain);
    const cut = filter.stopped || !finishReason;
    const tokens = held.filter(({ offset }) => !cut || offset < told);
    held = held.slice(tokens.length);
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
      held = [...promptReports];
      tell(prompt.text);
    },
    push: (token, report) => {
      tokenCount++;
      if (logprobs !== undefined) held.push(report(decoded));
      const piece = stream.push(token);
      decoded += countCharacters(piece);
      const certain = filter.push(piece);
      tell(certain, filter.stopped ? 'stop' : undefined);
    },
    finish: (reason) => {
      const rest = filter.push(stream.end()) + filter.end();
      tell(rest, filter.stopped ? 'stop' : reason);
    },
  };
}

/** Reports a token by its logits. */
export function reportOf(
  served: DomainModel,
  token: number,
  logits: ArrayLike<number>,
  count = 0,
): (offset: number) => TokenReport {
  return (offset) => reportToken(served, token, offset, logits, count);
}
