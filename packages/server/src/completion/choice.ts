import { type BatchSequence, createSequence, nothingRemains, untilStop } from '@ramble/core';

import type { CompletionPlan, PlannedPrompt } from './plan-completion.js';
import type { TextModel } from './text-model.js';
import { countCharacters, reportToken, type TokenReport } from './token-report.js';

/** What is new of an output. */
export interface ChoiceDelta {
  /** Which output of its prompt. */
  readonly number: number;
  readonly text: string;
  /** Empty where nobody asks for log-probabilities. */
  readonly tokens: readonly TokenReport[];
  readonly finishReason?: 'stop' | 'length';
}

/** An output that is written in a batch. */
export interface Choice extends BatchSequence {
  readonly number: number;
  readonly tokenCount: number;
  /** Mean of its tokens' log-probabilities, the end's too: what the best of several has the most of. */
  readonly meanLogProbability: number;
}

export interface ChoiceOptions {
  readonly text: TextModel;
  readonly plan: CompletionPlan;
  readonly prompt: PlannedPrompt;
  readonly number: number;
  /** Of the prompt's tokens, where prompt and log-probabilities are asked for; complete by the first token. */
  readonly promptReports: readonly TokenReport[];
  readonly onDelta: (delta: ChoiceDelta) => void;
  readonly onFail: (error: unknown) => void;
}

/** Begins an output: chooses its tokens, and tells their text as soon as it is certain. */
export function createChoice(options: ChoiceOptions): Choice {
  const { text, plan, prompt, number, promptReports, onDelta, onFail } = options;
  const { echo, stop, logprobs } = plan.request;
  const stream = text.stream();
  const filter = untilStop(stop);
  /** Reports of tokens whose text is held back, as a character is incomplete or a stop may begin. */
  let held: TokenReport[] = [];
  let [decoded, told] = [0, 0]; // characters
  let tokenCount = 0;
  const logProbabilities: number[] = [];

  /** Tells what text has become certain, and of the tokens that begin in it. */
  function tell(certain: string, finishReason?: 'stop' | 'length'): void {
    told += countCharacters(certain);
    const cut = filter.stopped || !finishReason;
    const tokens = held.filter(({ offset }) => !cut || offset < told);
    held = held.slice(tokens.length);
    if (certain === '' && tokens.length === 0 && !finishReason) return;
    onDelta({ number, text: certain, tokens, ...(finishReason && { finishReason }) });
  }

  function begin(): void {
    if (!echo) return;
    decoded = countCharacters(prompt.text);
    held = [...promptReports];
    tell(prompt.text);
  }

  function finish(reason: 'stop' | 'length'): undefined {
    const rest = filter.push(stream.end()) + filter.end();
    tell(rest, filter.stopped ? 'stop' : reason);
  }

  const sequence =
    prompt.maxTokens === 0
      ? undefined
      : createSequence(text.model.config, prompt.prompt, {
          ...plan.sampling,
          number,
          maxNewTokens: prompt.maxTokens,
        });
  let hasBegun = false;
  return {
    number,
    get tokenCount() {
      return tokenCount;
    },
    get meanLogProbability() {
      const sum = logProbabilities.reduce((total, each) => total + each, 0);
      return sum / Math.max(1, logProbabilities.length);
    },
    fail: onFail,
    choose: (logits) => {
      if (!hasBegun) begin();
      hasBegun = true;
      if (!sequence) return finish('length');
      for (const event of sequence.choose(logits)) {
        if ('logProbability' in event) logProbabilities.push(event.logProbability);
        if (event.kind === 'token') {
          tokenCount++;
          if (logprobs !== undefined) {
            held.push(reportToken(text, event.token, decoded, logits, logprobs));
          }
          const piece = stream.push(event.token);
          decoded += countCharacters(piece);
          const certain = filter.push(piece);
          if (filter.stopped) {
            tell(certain, 'stop');
            return undefined;
          }
          tell(certain);
        } else if (event.kind === 'end') {
          if (event.reason === 'nothing') throw nothingRemains();
          return finish(event.reason === 'stop' ? 'stop' : 'length');
        }
      }
      return sequence.output.at(-1);
    },
  };
}
