import { setImmediate } from 'node:timers/promises';

import type { AnyInferenceApp, AnyDomain, Artifact, Model, TokenPrompt } from '@ramble/core';
import { outputTokens, type TextStream } from '@ramble/core/app';
import {
  createScheduler,
  driveScheduler,
  type ScheduledRequest,
  type ScheduledSequence,
} from '@ramble/core/sampling';
import { counted } from '@ramble/core/files';

import { RequestError } from '../request/ignored-fields.js';

export interface BatchLimits {
  /** The maximum number of sequences and beams that are sampled in one batch. */
  readonly batchSize: number;
  /** The maximum number of sequences and beams that wait. */
  readonly queueSize: number;
}

/** Runs a scheduler as long as it has sequences. */
export interface BatchDriver {
  readonly running: number;
  readonly waiting: number;
  /** The maximum number of sequences and beams that run at once. */
  readonly batchSize: number;
  /** The maximum number of sequences and beams that run or wait. */
  readonly places: number;
  /**
   * Adds requests if the queue has room for all of them.
   *
   * @throws RequestError if there is too little room; none is added then.
   */
  add(requests: readonly ScheduledRequest[]): void;
  remove(sequence: ScheduledSequence): void;
}

/**
 * Creates a driver with its own scheduler, which many callers may use. Other work of the process runs between two
 * decoding steps.
 */
export function createBatchDriver(
  model: Model,
  { batchSize, queueSize }: BatchLimits,
): BatchDriver {
  const scheduler = createScheduler(model, { batchSize });
  const places = batchSize + queueSize;
  const wake = driveScheduler(scheduler, setImmediate);

  return {
    get running() {
      return scheduler.running;
    },
    get waiting() {
      return scheduler.waiting;
    },
    batchSize,
    places,
    add: (requests) => {
      const widths = requests.flatMap(({ sequences }) => sequences.map(({ width = 1 }) => width));
      const count = widths.reduce((sum, width) => sum + width, 0);
      const taken = scheduler.running + scheduler.waiting;
      if (taken + count > places) {
        throw new RequestError(
          `server: expected room for ${counted(count, 'output')}, got ${taken} of ${places} slots taken; try again soon`,
          { status: 429, code: 'rate_limit_exceeded', retryAfterSeconds: 1 },
        );
      }
      for (const request of requests) scheduler.add(request);
      wake();
    },
    remove: (sequence) => scheduler.remove(sequence),
  };
}

/**
 * Returns a stream for outputs that cannot be sent piece by piece: `push` returns an empty text, and `end` the whole
 * output.
 */
export function outputStream(
  { app, domain }: Pick<ServedModel, 'app' | 'domain'>,
  prompt: TokenPrompt,
): TextStream {
  const output = outputTokens(app, prompt, []);
  return {
    push: (token) => {
      output.push(token);
      return '';
    },
    end: () => artifactText(app.showOutput(domain.decodeOutput(output))),
  };
}

/** Returns an artifact as text; a file in base64. */
export function artifactText(artifact: Artifact): string {
  if (artifact.kind === 'text') return artifact.text;
  return Buffer.from(artifact.bytes).toString('base64');
}

/** A model with its domain, loaded from a run. */
export interface ServedModel {
  /** Id by which requests name the model. */
  readonly id: string;
  readonly model: Model;
  readonly app: AnyInferenceApp;
  readonly domain: AnyDomain;
}
