import { Readable } from 'node:stream';

import type { BatchJob } from '@ramble/core';

import { RequestError } from '../request/request-error.js';
import type { BatchDriver } from './batch-driver.js';
import { type Choice, type ChoiceDelta, createChoice } from './choice.js';
import type { CompletionPlan, PlannedPrompt } from './plan-completion.js';
import type { TextModel } from './text-model.js';
import { countCharacters, reportToken, type TokenReport } from './token-report.js';

/** What is new of one of a completion's outputs. */
export interface CompletionDelta extends ChoiceDelta {
  /** Which prompt it goes on from. */
  readonly prompt: number;
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** A completion that is being written. */
export interface RunningCompletion {
  /** What becomes of it, in order; to be read once. @throws what ended it early. */
  readonly deltas: AsyncIterable<CompletionDelta>;
  readonly usage: Usage;
  /** When the first text came, by `performance`. */
  readonly firstTextMs?: number;
  /** See `Choice`. */
  meanLogProbability(prompt: number, number: number): number;
  /** Frees its places; whoever reads the deltas is thrown the reason. Nothing once it is done. */
  stop(reason: Error): void;
}

/**
 * Begins to write a completion. What it writes is kept until it is read, so a slow client holds up
 * nobody, and keeps no place longer than a fast one.
 *
 * @throws RequestError when there is no room, or never would be.
 */
export function startCompletion(
  driver: BatchDriver,
  text: TextModel,
  plan: CompletionPlan,
): RunningCompletion {
  checkOutputs(plan, driver.places);
  // A queue: its length is bounded by `max_tokens`, whatever the watermark.
  const written = new Readable({ objectMode: true, read: () => undefined });
  const choices: Choice[][] = [];
  let left = plan.prompts.length * plan.count;
  let firstTextMs: number | undefined;

  const stop = (reason: Error): void => {
    if (left === 0) return;
    left = 0;
    for (const choice of choices.flat()) driver.remove(choice);
    written.push(reason);
    written.push(null);
  };
  const tell = (delta: CompletionDelta): void => {
    if (left === 0) return;
    firstTextMs ??= performance.now();
    written.push(delta);
    if (delta.finishReason && --left === 0) written.push(null);
  };

  const jobs = plan.prompts.map((prompt, index): BatchJob => {
    const reader = plan.request.echo ? reportPrompt(text, prompt, plan) : undefined;
    choices[index] = Array.from({ length: plan.count }, (_, number) =>
      createChoice({
        text,
        plan,
        prompt,
        number,
        promptReports: reader?.reports ?? [],
        onDelta: (delta) => tell({ ...delta, prompt: index }),
        onFail: (error) => stop(error instanceof Error ? error : new Error(String(error))),
      }),
    );
    return {
      prompt: prompt.prompt,
      sequences: choices[index],
      ...(reader && { onPromptLogits: reader.onLogits }),
    };
  });
  driver.add(jobs);
  return {
    deltas: readDeltas(written, () => stop(new Error('completion: nobody reads it any more'))),
    get usage() {
      return {
        promptTokens: plan.prompts.reduce((sum, { prompt }) => sum + prompt.tokens.length, 0),
        completionTokens: choices.flat().reduce((sum, { tokenCount }) => sum + tokenCount, 0),
      };
    },
    get firstTextMs() {
      return firstTextMs;
    },
    meanLogProbability: (prompt, number) => choices[prompt][number].meanLogProbability,
    stop,
  };
}

/** @throws RequestError for more outputs than find room where nothing else runs; it names the field. */
function checkOutputs({ prompts, count, request }: CompletionPlan, places: number): void {
  const outputs = prompts.length * count;
  if (outputs <= places) return;
  const counted = request.best_of === undefined ? 'n' : 'best_of';
  const field = prompts.length > places ? 'prompt' : counted;
  throw new RequestError(
    `${field}: expected at most ${places} outputs of one request, got ${outputs}`,
    { field },
  );
}

async function* readDeltas(
  written: Readable,
  onEnd: () => void,
): AsyncGenerator<CompletionDelta, void, undefined> {
  try {
    for await (const item of written as AsyncIterable<CompletionDelta | Error>) {
      // what was pushed
      if (item instanceof Error) throw item;
      yield item;
    }
  } finally {
    onEnd();
  }
}

/** Collects the reports of a prompt's tokens while it is read, where they are asked for. */
function reportPrompt(
  text: TextModel,
  { prompt }: PlannedPrompt,
  { request: { logprobs } }: CompletionPlan,
): { reports: TokenReport[]; onLogits: (logits: Float32Array) => void } | undefined {
  if (logprobs === undefined) return undefined;
  const stream = text.stream();
  const reports: TokenReport[] = [];
  let offset = 0;
  const report = (logits?: Float32Array): void => {
    const token = prompt.tokens[reports.length];
    reports.push(reportToken(text, token, offset, logits, logprobs));
    offset += countCharacters(stream.push(token));
  };
  report();
  return { reports, onLogits: report };
}
