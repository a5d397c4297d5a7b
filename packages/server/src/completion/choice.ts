import {
  type LookupCounts,
  nothingRemains,
  sampledOutput,
  type ScheduledSequence,
} from '@ramble/core';

import { RequestError } from '../request/request-error.js';
import { outputText, type OutputTextOptions, reportOf } from './output-text.js';
import type { CompletionPlan, PlannedPrompt } from './plan-completion.js';

/** An output, or those of a beam search, written in a batch. */
export interface Choice extends ScheduledSequence {
  readonly tokenCount: number;
  /** Mean of its tokens' log-probabilities, the end's too: what the best of several has the most of. */
  readonly meanLogProbability: number;
  /** Counts of its draft tokens; `undefined` without prompt lookup. */
  readonly lookup?: LookupCounts;
}

export interface ChoiceOptions extends OutputTextOptions {
  readonly plan: CompletionPlan;
  readonly prompt: PlannedPrompt;
  /** Called when its last text was told; `isStuck` when filters left it no token at all. */
  readonly onEnd: (isStuck?: boolean) => void;
  readonly onFail: (error: unknown) => void;
}

/** Begins an output whose text is told as soon as it is certain. */
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
        text.push(event.token, reportOf(served, event.token, logits, request.logprobs));
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

/** The error of a request for which grammar and filters leave no token in any output. */
export function stuck(): RequestError {
  const { message } = nothingRemains();
  return new RequestError(message);
}
