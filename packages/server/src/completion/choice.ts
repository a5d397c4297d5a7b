import { type BatchSequence, createSequence, nothingRemains } from '@ramble/core';

import { RequestError } from '../request/request-error.js';
import { outputText, type OutputTextOptions, reportOf } from './output-text.js';
import type { CompletionPlan, PlannedPrompt } from './plan-completion.js';

/** An output, or those of a beam search, written in a batch. */
export interface Choice extends BatchSequence {
  readonly tokenCount: number;
  /** Mean of its tokens' log-probabilities, the end's too: what the best of several has the most of. */
  readonly meanLogProbability: number;
}

export interface ChoiceOptions extends OutputTextOptions {
  readonly plan: CompletionPlan;
  readonly prompt: PlannedPrompt;
  /** Called when its last text was told; `isStuck` when filters left it no token at all. */
  readonly onEnd: (isStuck?: boolean) => void;
  readonly onFail: (error: unknown) => void;
}

/** Begins an output: chooses its tokens, and tells their text as soon as it is certain. */
export function createChoice(options: ChoiceOptions): Choice {
  const { served, plan, prompt, number, onEnd, onFail } = options;
  const { maxTokens, rules } = plan;
  const text = outputText(options);
  const logProbabilities: number[] = [];
  const sequence =
    maxTokens === 0
      ? undefined
      : createSequence(served.model.config, prompt.prompt, { rules, number });

  function finish(reason?: 'stop' | 'length', isStuck = false): undefined {
    if (reason) text.finish(reason);
    onEnd(isStuck);
  }

  let hasBegun = false;
  return {
    get tokenCount() {
      return text.tokenCount;
    },
    get meanLogProbability() {
      const sum = logProbabilities.reduce((total, each) => total + each, 0);
      return sum / Math.max(1, logProbabilities.length);
    },
    fail: onFail,
    choose: (logits) => {
      if (!hasBegun) text.begin();
      hasBegun = true;
      if (!sequence) return finish('length');
      for (const event of sequence.choose(logits)) {
        if ('logProbability' in event) logProbabilities.push(event.logProbability);
        if (event.kind === 'token') {
          const { token } = event;
          text.push(token, reportOf(served, token, logits, plan.request.logprobs));
          if (text.stopped) return finish();
        } else if (event.kind === 'end') {
          const isStuck = event.reason === 'nothing';
          return finish(
            isStuck || event.reason === 'stop' ? 'stop' : 'length',
            isStuck && text.tokenCount === 0,
          );
        }
      }
      const { tokens, restarts } = sequence.pending;
      return restarts ? { kind: 'restart', tokens } : tokens[0];
    },
  };
}

/** The error of a request whose filters leave none of its outputs a token. */
export function stuck(): RequestError {
  const { message } = nothingRemains();
  return new RequestError(message);
}
