import { type Artifact, generate, type GenerationEvent, type TokenPrompt } from '@ramble/core';
import {
  type FileArtifact,
  outputTokens,
  streamOutputFeature,
  type TextStream,
} from '@ramble/core/app';
import {
  type LookupCounts,
  type SamplingRules,
  stopInText,
  type UntilStop,
  untilStop,
  type WritingOptions,
} from '@ramble/core/sampling';

import { formatCount } from '../../format/format-number.js';
import { formsOf } from './app-sampling.js';
import { bestSamples } from './best-samples.js';
import type { AppModel } from '../../outputs/write-outputs.js';
import type { CompanionMaker } from '../../verb/app-features.js';
import { outputQualityFeature } from '../../verb/evaluate-features.js';
import type { Output } from '../../verb/output.js';

/** A single finished output. */
export interface Sample {
  readonly artifact: Artifact;
  readonly companion?: FileArtifact;
  /** All sampled tokens: a stop text's tokens are included, the stop token is not. */
  readonly tokens: readonly number[];
  /** Log-probability of each token in nats, before temperature and filters. */
  readonly logProbabilities: readonly number[];
  /** The sum of `logProbabilities`. */
  readonly logProbability: number;
  /**
   * Reason why the output ended: a stop token, a stop text, the maximum length, a full context, the time limit, or no
   * token that the grammar and the filters allow.
   */
  readonly stop: 'token' | 'text' | 'length' | 'context' | 'time' | 'nothing';
  /**
   * The score of a beam: the sum of its log-probabilities after filters, including the stop token's,
   * divided by the length penalty.
   */
  readonly score?: number;
  /** The draft tokens of prompt lookup, and how many of them were accepted. */
  readonly lookup?: LookupCounts;
}

export type SampleEvent =
  /** Text as it arrives, from outputs that can be shown while they grow. */
  | { readonly kind: 'text'; readonly sequence: number; readonly text: string }
  | { readonly kind: 'end'; readonly sequence: number; readonly sample: Sample }
  | Extract<GenerationEvent, { kind: 'slide' }>;

interface WriteOptions extends Omit<WritingOptions, 'stopWhen'> {
  readonly rules: SamplingRules;
  /** Texts before which an output ends; only for outputs that can be shown while they grow. */
  readonly stopTexts: readonly string[];
  /** The prompts before encoding, as the app reads them. */
  readonly asked?: readonly unknown[];
  /** Extension of the output file, if one was requested. */
  readonly extension?: string;
  /** Makes the companion file of each output, if requested. */
  readonly companion?: CompanionMaker<unknown>;
  /** Number of candidates for each output; the best is kept. Default: 1. */
  readonly bestOf?: number;
}

/** State of an output while it is written. */
interface Written {
  readonly tokens: number[];
  readonly logProbabilities: number[];
  text: string;
  readonly stream?: TextStream;
  readonly filter: UntilStop;
}

const STOPS = {
  stop: 'token',
  asked: 'text',
  length: 'length',
  context: 'context',
  time: 'time',
  nothing: 'nothing',
} as const;

/** Samples outputs and turns their tokens into text, or another form of the app. */
export async function* writeSamples(
  { app, domain, model }: AppModel,
  prompts: readonly TokenPrompt[],
  { stopTexts, asked, extension, companion, bestOf = 1, ...others }: WriteOptions,
): AsyncGenerator<SampleEvent, void, undefined> {
  const outputs = new Map<number, Written>();
  const options = { ...others, count: (others.count ?? 1) * bestOf };
  const qualityOf = bestOf > 1 ? outputQualityFeature.of(app) : undefined;
  const best = bestSamples<Sample>(bestOf);
  const { numBeams, nBest } = options.rules.config;
  const streamOutput = streamOutputFeature.of(app);
  const begin = (): Written => newOutput(streamOutput?.(domain), stopTexts);
  const hasStopText = streamOutput && stopInText(() => streamOutput(domain), stopTexts);
  // Beam search checks each beam's tokens, since a beam may be dropped; other methods check the newest piece.
  const stopWhen =
    numBeams > 1
      ? (_: number, tokens: readonly number[]) => hasStopText?.(tokens) === true
      : (sequence: number) => outputs.get(sequence)?.filter.stopped === true;
  const outputsOfOne = numBeams > 1 ? nBest : options.count;
  const promptOf = (sequence: number): number => Math.floor(sequence / outputsOfOne);
  const shown = (sequence: number, tokens: readonly number[]): readonly number[] =>
    outputTokens(app, prompts[promptOf(sequence)], tokens);
  const shownForms = formsOf(app, { extension, companion });

  for await (const event of generate(model, prompts, { ...options, stopWhen })) {
    const { kind, sequence } = event;
    if (kind === 'slide') {
      yield event;
      continue;
    }
    const written = outputs.get(sequence) ?? begin();
    outputs.set(sequence, written);
    const grown = kind === 'token' ? push(written, event.token) : end(written);
    if (grown !== '') yield { kind: 'text', sequence, text: grown };
    if (kind === 'token') {
      written.logProbabilities.push(event.logProbability);
      continue;
    }
    outputs.delete(sequence);
    const { tokens, logProbabilities, stream } = written;
    const output: unknown =
      (!stream || companion || qualityOf) && domain.decodeOutput(shown(sequence, tokens));
    const prompt = asked?.[promptOf(sequence)];
    const logProbability = logProbabilities.reduce((sum, each) => sum + each, 0);
    const kept = best.add(sequence, {
      quality: qualityOf ? qualityOf(output) : logProbability / Math.max(1, tokens.length),
      finish: async (): Promise<Sample> => ({
        ...(await shownForms(output, prompt, stream && written.text)),
        ...{ tokens, logProbabilities, logProbability },
        ...{ stop: STOPS[event.reason], score: event.score, lookup: event.lookup },
      }),
    });
    if (kept) yield { kind: 'end', sequence: kept.number, sample: await kept.finish() };
  }
}

/** Returns the state of an output without tokens. */
function newOutput(stream: TextStream | undefined, stopTexts: readonly string[]): Written {
  return { tokens: [], logProbabilities: [], text: '', stream, filter: untilStop(stopTexts) };
}

/** Returns the sample of an output that was written without a model. It has no tokens. */
export function knownSample(artifact: Artifact, companion?: FileArtifact): Sample {
  const written = { tokens: [], logProbabilities: [], logProbability: 0 };
  return { artifact, companion, ...written, stop: 'token' };
}

/** Adds a token. Returns the text that is complete now: no later token or stop text can change it. */
function push(written: Written, token: number): string {
  const { tokens, stream, filter } = written;
  tokens.push(token);
  const text = stream ? filter.push(stream.push(token)) : '';
  written.text += text;
  return text;
}

/** Ends the output. Returns the remaining text, which `push` held back because it was incomplete. */
function end(written: Written): string {
  const { stream, filter } = written;
  const text = stream ? filter.push(stream.end()) + filter.end() : '';
  written.text += text;
  return text;
}

/** Formats the note about prompt lookup: the numbers of draft tokens and of accepted ones. */
function lookupNote({ drafted, accepted }: LookupCounts): string {
  return `Of ${formatCount(drafted)} draft tokens of prompt lookup ${formatCount(accepted)} were accepted.`;
}

/**
 * Context length, and whether the domain repeats the state of dropped tokens (such as the tempo) when the context
 * window slides.
 */
interface Window {
  readonly contextLength: number;
  readonly restates: boolean;
}

/** Notes about the outputs of a call. They are printed after all outputs have ended, not within a streamed text. */
export interface SampleNotes {
  /**
   * Adds a note that the context window slid.
   *
   * @param kept - Number of tokens that stay in the context.
   */
  addSlide(kept: number): void;
  /** Counts the draft tokens of an output, and whether no token was allowed at its end. */
  addSample(sample: Sample): void;
  /** Prints the notes. With `--json`, the outputs contain the counts themselves. */
  print(output: Output, of: { total: number; hasLookup: boolean; seed?: number }): Promise<void>;
}

export function sampleNotes(window: Window): SampleNotes {
  const slides = new Set<number>();
  const drafts = { drafted: 0, accepted: 0 };
  let stuck = 0;
  return {
    addSlide: (kept) => void slides.add(kept),
    addSample: ({ lookup, stop }) => {
      drafts.drafted += lookup?.drafted ?? 0;
      drafts.accepted += lookup?.accepted ?? 0;
      if (stop === 'nothing') stuck++;
    },
    print: async (output, { total, hasLookup, seed }) => {
      if (stuck > 0) {
        const some = total === 1 ? 'the output' : `${stuck} of ${total} outputs`;
        await output.warn(`${some} ended where grammar and filters allow no token`);
      }
      const { contextLength } = window;
      if (slides.delete(contextLength)) await output.note(slideNote(window, contextLength));
      if (slides.size > 0) await output.note(slideNote(window, Math.min(...slides)));
      if (output.isJson) return;
      if (hasLookup) await output.note(lookupNote(drafts));
      if (seed !== undefined) await output.note(`seed ${seed}`);
    },
  };
}

/**
 * Returns the note for a window that slid: the prompt was too long, or the output grew longer than the
 * context.
 */
function slideNote({ contextLength, restates }: Window, kept: number): string {
  const context = formatCount(contextLength);
  if (kept === contextLength) {
    const earlier = restates ? ', behind what still holds of the others' : '';
    return `The prompt is longer than the model's context: only its last ${context} tokens were read${earlier}.`;
  }
  const earlier = restates ? 'of earlier ones only what still holds' : 'no earlier ones';
  return (
    `The output grew longer than the model's context of ${context} tokens: from there on the model saw ` +
    `the last ${formatCount(kept)} to ${context} tokens, and ${earlier} (--slide-share).`
  );
}
