import {
  type AnyApp,
  type Artifact,
  generate,
  type GenerateOptions,
  type GenerationEvent,
  type Model,
  type TokenPrompt,
  untilStop,
} from '@ramble/core';

import type { AnyDomain } from '../../model/open-model.js';

/** One finished output. */
export interface Sample {
  readonly artifact: Artifact;
  /** All that were written, those of a stop text too; a stop token is not among them. */
  readonly tokens: readonly number[];
  /** Sum of the tokens', in nats, before temperature and filters. */
  readonly logProbability: number;
  /** What ended it: a stop token, a stop text, the longest length, a full context, or the time. */
  readonly stop: 'token' | 'text' | 'length' | 'context' | 'time';
}

export type SampleEvent =
  /** Text as it arrives, from outputs that can be shown while they grow. */
  | { readonly kind: 'text'; readonly sequence: number; readonly text: string }
  | { readonly kind: 'end'; readonly sequence: number; readonly sample: Sample }
  | Extract<GenerationEvent, { kind: 'slide' }>;

export interface WriteOptions extends Omit<GenerateOptions, 'stopWhen'> {
  /** Texts before which an output ends; only for outputs that can be shown while they grow. */
  readonly stopTexts: readonly string[];
}

const STOPS = {
  stop: 'token',
  asked: 'text',
  length: 'length',
  context: 'context',
  time: 'time',
} as const;

/** Has a model write, and turns its tokens into text or whatever the app shows. */
export async function* writeSamples(
  { app, domain, model }: { app: AnyApp; domain: AnyDomain; model: Model },
  prompt: TokenPrompt,
  { stopTexts, ...options }: WriteOptions,
): AsyncGenerator<SampleEvent, void, undefined> {
  const sequences = Array.from({ length: options.count ?? 1 }, () => ({
    tokens: [] as number[],
    logProbability: 0,
    text: '',
    stream: app.streamOutput?.(domain),
    filter: untilStop(stopTexts),
  }));
  const stopWhen = (sequence: number): boolean => sequences[sequence].filter.stopped;

  for await (const event of generate(model, prompt, { ...options, stopWhen })) {
    if (event.kind === 'slide') {
      yield event;
      continue;
    }
    const written = sequences[event.sequence];
    const { stream, filter } = written;
    let text = '';
    if (event.kind === 'token') {
      written.tokens.push(event.token);
      written.logProbability += event.logProbability;
      if (stream) text = filter.push(stream.push(event.token));
    } else if (stream) {
      text = filter.push(stream.end()) + filter.end();
    }
    if (text !== '') {
      written.text += text;
      yield { kind: 'text', sequence: event.sequence, text };
    }
    if (event.kind === 'end') {
      const { tokens, logProbability } = written;
      const artifact: Artifact = stream
        ? { kind: 'text', text: written.text }
        : app.showOutput(domain.decodeOutput(tokens));
      const stop = STOPS[event.reason];
      yield {
        kind: 'end',
        sequence: event.sequence,
        sample: { artifact, tokens, logProbability, stop },
      };
    }
  }
}
