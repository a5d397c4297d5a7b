import { Readable } from 'node:stream';

import type { LookupCounts, ScheduledRequest } from '@ramble/core/sampling';

import { RequestError } from '../request/ignored-fields.js';
import type { BatchDriver } from './batch-driver.js';
import {
  type Choice,
  type ChoiceDelta,
  countCharacters,
  createChoice,
  reportToken,
  stuck,
  type TokenReport,
} from './output-text.js';
import type { CompletionPlan, PlannedPrompt } from './plan-completion.js';
import type { DomainModel } from './read-prompt.js';
import { createSearch } from './search.js';

/** New text of one of a completion's outputs. */
export interface CompletionDelta extends ChoiceDelta {
  /** Index of the prompt that the output continues, from 0. */
  readonly prompt: number;
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Counts of the draft tokens, if the request uses prompt lookup. */
  readonly lookup?: LookupCounts;
}

/** The counts and times of a request that uses the model. */
export interface MeasuredCompletion {
  readonly usage: Usage;
  /** Time in milliseconds by `performance.now()` when the first output got a slot. */
  readonly startMs?: number;
  /** Time in milliseconds by `performance.now()` of the first text. */
  readonly firstTextMs?: number;
}

/** A completion in progress. */
export interface RunningCompletion extends MeasuredCompletion {
  /** New texts of the outputs, in order; can be read once. Reading throws the error that ended the completion early. */
  readonly deltas: AsyncIterable<CompletionDelta>;
  /** Resolves when the first output has a slot, or the completion is stopped before that. */
  readonly started: Promise<void>;
  /**
   * Returns the mean log-probability in nats of the tokens of an output, by the indices of its prompt and of the
   * output.
   */
  meanLogProbability(prompt: number, number: number): number;
  /**
   * Removes the completion's outputs from the batch and the queue, and makes `deltas` throw the reason; no effect
   * after the completion's end.
   */
  stop(reason: Error): void;
}

/** Maximum number of texts that are buffered for a client that reads slowly: some megabytes of memory. */
const MAX_UNREAD = 2 ** 16;

/**
 * Starts a completion. New texts are buffered until they are read, so a slow client delays no other client. A client
 * that reads far too slowly is disconnected.
 *
 * @param unreadParts - Maximum number of buffered texts.
 * @throws RequestError if the queue has no room.
 */
export function startCompletion(
  driver: BatchDriver,
  served: DomainModel,
  plan: CompletionPlan,
  unreadParts: number = MAX_UNREAD,
): RunningCompletion {
  const completion = new Completion(driver, served, plan, unreadParts);
  driver.add(completion.requests());
  completion.begin();
  return completion;
}

class Completion implements RunningCompletion {
  readonly started: Promise<void>;
  readonly deltas: AsyncIterable<CompletionDelta>;
  startMs?: number;
  firstTextMs?: number;
  /** Buffer of the texts to read; pushing ignores its size limit. */
  private readonly written = new Readable({ objectMode: true, read: () => undefined });
  private readonly choices: Choice[][];
  private readonly outputCount: number;
  /** Number of outputs that have not ended. */
  private left: number;
  private stuckCount = 0;
  private onStarted = (): void => undefined;

  constructor(
    private readonly driver: BatchDriver,
    private readonly served: DomainModel,
    private readonly plan: CompletionPlan,
    private readonly unreadParts: number,
  ) {
    this.choices = plan.prompts.map(() => []);
    const unanswered = plan.prompts.filter(({ answer }) => answer === undefined);
    this.outputCount = unanswered.length * (plan.numBeams > 1 ? 1 : plan.count);
    this.left = this.outputCount;
    this.started = new Promise<void>((resolve) => (this.onStarted = resolve));
    this.deltas = readDeltas(this.written, () => {
      this.stop(new Error('completion: no client reads it any more'));
    });
  }

  /** Returns the requests for the scheduler: each prompt that needs the model, with its outputs. */
  requests(): ScheduledRequest[] {
    const { plan, choices } = this;
    return plan.prompts.flatMap((prompt, index): ScheduledRequest[] => {
      if (prompt.answer !== undefined) return [];
      const reader = plan.request.echo ? reportPrompt(this.served, prompt, plan) : undefined;
      choices[index] = this.outputsOf(prompt, index, reader?.reports ?? []);
      const request: ScheduledRequest = {
        model: this.served.model,
        prompt: prompt.prompt,
        sequences: choices[index],
        sharing: plan.request.cachesOutputs ? 'tokens' : 'parts',
        onStart: () => {
          this.startMs ??= performance.now();
          this.onStarted();
        },
        ...(reader && { onPromptLogits: reader.onLogits }),
      };
      return [request];
    });
  }

  /** Sends the outputs of prompts that are answered without the model. */
  begin(): void {
    for (const delta of answers(this.plan)) this.emit(delta);
    if (this.left > 0) return;
    this.onStarted();
    this.written.push(null);
  }

  get usage(): Usage {
    const { plan } = this;
    const choices = this.choices.flat();
    return {
      promptTokens: plan.prompts.reduce((sum, { prompt }) => sum + prompt.tokens.length, 0),
      completionTokens: choices.reduce((sum, { tokenCount }) => sum + tokenCount, 0),
      ...(plan.rules.config.promptLookup > 0 && { lookup: lookupOf(choices) }),
    };
  }

  meanLogProbability(prompt: number, number: number): number {
    return this.choices[prompt].at(number)?.meanLogProbability ?? 0;
  }

  stop(reason: Error): void {
    if (this.left === 0) return;
    this.left = 0;
    for (const choice of this.choices.flat()) this.driver.remove(choice);
    this.onStarted();
    this.written.push(reason);
    this.written.push(null);
  }

  private outputsOf(
    prompt: PlannedPrompt,
    index: number,
    promptReports: readonly TokenReport[],
  ): Choice[] {
    const { served, plan } = this;
    const options = {
      ...{ served, plan, prompt, promptReports },
      onDelta: (delta: ChoiceDelta) => this.onDelta({ ...delta, prompt: index }),
      onEnd: (isStuck = false) => this.onEnd(isStuck),
      onFail: (error: unknown) =>
        this.stop(error instanceof Error ? error : new Error(String(error))),
    };
    return plan.numBeams > 1
      ? [createSearch(options)]
      : Array.from({ length: plan.count }, (_, number) => createChoice({ ...options, number }));
  }

  private emit(delta: CompletionDelta): void {
    this.firstTextMs ??= performance.now();
    this.written.push(delta);
  }

  private onDelta(delta: CompletionDelta): void {
    if (this.left === 0) return;
    this.emit(delta);
    if (this.written.readableLength > this.unreadParts) this.stop(tooSlow(this.unreadParts));
  }

  private onEnd(isStuck: boolean): void {
    if (isStuck && ++this.stuckCount === this.outputCount) this.stop(stuck());
    if (this.left > 0 && --this.left === 0) this.written.push(null);
  }
}

/** Sums the draft-token counts of the outputs. */
function lookupOf(choices: readonly Choice[]): LookupCounts {
  const sumOf = (count: keyof LookupCounts): number =>
    choices.reduce((sum, { lookup }) => sum + (lookup?.[count] ?? 0), 0);
  return { drafted: sumOf('drafted'), accepted: sumOf('accepted') };
}

/** Returns the outputs of prompts that are answered without the model. Each answer is repeated `count` times. */
function answers({ prompts, count }: CompletionPlan): CompletionDelta[] {
  return prompts.flatMap(({ answer }, prompt) => {
    if (answer === undefined) return [];
    return Array.from({ length: count }, (_, number): CompletionDelta => {
      return { prompt, number, text: answer, tokens: [], finishReason: 'stop' };
    });
  });
}

function tooSlow(unreadParts: number): RequestError {
  return new RequestError(
    `request: expected a client that reads, got one with more than ${unreadParts} parts unread`,
    { status: 503 },
  );
}

async function* readDeltas(
  written: Readable,
  onEnd: () => void,
): AsyncGenerator<CompletionDelta, void, undefined> {
  try {
    for await (const item of written as AsyncIterable<CompletionDelta | Error>) {
      // the pushed items
      if (item instanceof Error) throw item;
      yield item;
    }
  } finally {
    onEnd();
  }
}

/** Collects the reports of a prompt's tokens while it is read, if they are requested. */
function reportPrompt(
  served: DomainModel,
  { prompt }: PlannedPrompt,
  { request: { logprobs } }: CompletionPlan,
): { reports: TokenReport[]; onLogits: (logits: Float32Array) => void } | undefined {
  if (logprobs === undefined) return undefined;
  const stream = served.stream(prompt);
  const reports: TokenReport[] = [];
  let offset = 0;
  const report = (logits?: Float32Array): void => {
    const token = prompt.tokens[reports.length];
    reports.push(reportToken(served, token, offset, logits, logprobs));
    offset += countCharacters(stream.push(token));
  };
  report();
  return { reports, onLogits: report };
}
