import {
  type AnyApp,
  type AnyDomain,
  generate,
  type Model,
  type ModelConfig,
  type TokenPrompt,
} from '@ramble/core';
import { answerFeature, fitPrompt } from '@ramble/core/app';
import type { Decoder } from '@ramble/core/model';
import { counted } from '@ramble/core/files';
import { type CheckedSampling, samplingRules } from '@ramble/core/sampling';

import { formatCount } from '../format/format-number.js';
import type { OpenModel } from '../model/open-model.js';
import type { Output } from '../verb/output.js';

/** Encoded prompts, divided into prompts for the model and prompts that the app answers without the model. */
export interface PlannedPrompts {
  /**
   * Prompts for the model, each with its index among the given prompts. If the app's data is separate examples, they
   * are sorted by length, so that a batch has prompts of similar lengths.
   */
  readonly asked: readonly { readonly number: number; readonly prompt: TokenPrompt }[];
  /** Outputs for prompts that the app answers without a model, such as an empty text to translate. */
  readonly answered: readonly { readonly number: number; readonly output: unknown }[];
  /** Prompts that are cut to fit the context. */
  readonly cut: readonly CutPrompt[];
}

/** A prompt that was too long for the context. `number` is its index among the given prompts. */
interface CutPrompt {
  readonly number: number;
  /** Number of tokens of the prompt. */
  readonly tokens: number;
  /** Number of tokens of the prompt that the model reads. */
  readonly kept: number;
}

/**
 * Encodes prompts and leaves space for their outputs. If the domain cannot cut prompts, each is passed whole, and
 * the model reads only the end of one that is longer than its context.
 *
 * @param promptShare - Fraction of the context that a prompt may always take.
 * @throws RangeError with the number of a prompt, from 1, that leaves no space for the output.
 */
export function planPrompts(
  app: Pick<AnyApp, 'packing' | 'features'>,
  domain: AnyDomain,
  decoder: Decoder,
  prompts: readonly unknown[],
  maxNewTokens: number,
  promptShare?: number,
): PlannedPrompts {
  const asked: { number: number; prompt: TokenPrompt }[] = [];
  const answered: { number: number; output: unknown }[] = [];
  const cut: CutPrompt[] = [];
  for (const [number, prompt] of prompts.entries()) {
    const output = answerFeature.of(app)?.(prompt);
    if (output !== undefined) {
      answered.push({ number, output });
      continue;
    }
    const whole = domain.encodePrompt(prompt);
    const fitted = fitPrompt(domain, decoder, whole, maxNewTokens, promptShare);
    if (fitted === undefined) {
      throw new RangeError(
        `prompt: expected room for the start of the output, got ${whole.tokens.length} tokens ` +
          `for a context of ${decoder.config.contextLength} (prompt ${number + 1})`,
      );
    }
    asked.push({ number, prompt: fitted.prompt });
    if (fitted.cut) cut.push({ number, ...fitted.cut });
  }
  if (app.packing === 'examples') {
    asked.sort((a, b) => a.prompt.tokens.length - b.prompt.tokens.length || a.number - b.number);
  }
  return { asked, answered, cut };
}

type Rule = Pick<AnyDomain, 'cutRule'>;
type Context = Pick<ModelConfig, 'contextLength'>;

/**
 * Returns a phrase about the prompts that are too long, such as `prompt 3 has 900 tokens, and 2 others are too long`;
 * `undefined` if all prompts fit.
 */
export function longPrompts({ cut }: Pick<PlannedPrompts, 'cut'>): string | undefined {
  const first = cut.at(0);
  if (!first) return undefined;
  const others = cut.length > 1 ? `, and ${cut.length - 1} others are too long` : '';
  return `prompt ${first.number + 1} has ${first.tokens} tokens${others}`;
}

/**
 * Returns a warning about prompts that the domain cut; `undefined` if none was cut or the domain cannot cut prompts.
 */
export function cutPromptsWarning(
  planned: Pick<PlannedPrompts, 'cut'>,
  domain: Rule & Pick<AnyDomain, 'cutPrompt'>,
  { contextLength }: Context,
): string | undefined {
  const problem = longPrompts(planned);
  if (problem === undefined || !domain.cutPrompt) return undefined;
  return `${problem}; cut${inBrackets(domain)} to what a context of ${contextLength} has room for`;
}

/** Returns a warning about examples that were cut; `undefined` if none was. */
export function cutExamplesWarning(
  { cut, examples }: { readonly cut: number; readonly examples: number },
  domain: Rule,
  { contextLength }: Context,
): string | undefined {
  if (cut === 0) return undefined;
  return (
    `${formatCount(cut)} of ${counted(examples, 'example')} longer than the context of ` +
    `${contextLength}, cut${inBrackets(domain)}`
  );
}

function inBrackets({ cutRule }: Rule): string {
  return cutRule === undefined ? '' : ` (${cutRule})`;
}

/**
 * Encodes one prompt for the model, and warns if it had to be cut. Even a prompt that the app would answer itself, such
 * as an empty text, is encoded.
 *
 * @param promptShare - Fraction of the context that the prompt may always take.
 */
export async function fittingPrompt(
  { app, output }: { readonly app: Pick<AnyApp, 'packing'>; readonly output: Output },
  { domain, model: { config, decoder } }: OpenModel,
  prompt: unknown,
  maxNewTokens: number,
  promptShare?: number,
): Promise<TokenPrompt> {
  const { packing } = app;
  const planned = planPrompts({ packing }, domain, decoder, [prompt], maxNewTokens, promptShare);
  const warning = cutPromptsWarning(planned, domain, config);
  if (warning !== undefined) await output.warn(warning);
  return planned.asked[0].prompt;
}

export interface WriteOutputsOptions {
  readonly sampling: CheckedSampling;
  /** Maximum number of sequences in a batch; long sequences have smaller batches. */
  readonly batchSize: number;
  /** Signal that stops the generation. */
  readonly signal?: AbortSignal;
  /** Called with the fraction of the prompts that were answered so far, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Called with the index of a prompt and its output, as soon as the output is complete. */
  readonly onOutput?: (index: number, output: unknown) => void;
  /** Called with a warning about prompts that were cut. */
  readonly onCut?: (warning: string) => void;
}

/** Maximum number of positions in a batch; each takes memory for keys and values in every layer. */
const MAX_POSITIONS = 2 ** 15;

/**
 * Generates one output for each prompt, and returns the outputs in the order of the prompts.
 *
 * @throws the signal's reason if it is aborted.
 */
export async function writeOutputs(
  { app, domain, model }: AppModel,
  prompts: readonly unknown[],
  { sampling, batchSize, signal, onProgress, onOutput, onCut }: WriteOutputsOptions,
): Promise<unknown[]> {
  const { contextLength } = model.config;
  const { maxNewTokens } = sampling;
  const planned = planPrompts(app, domain, model.decoder, prompts, maxNewTokens);
  const warning = cutPromptsWarning(planned, domain, model.config);
  if (warning !== undefined) onCut?.(warning);
  const { asked, answered } = planned;
  const outputs: unknown[] = Array.from({ length: prompts.length });
  const keep = (number: number, output: unknown): void => {
    outputs[number] = output;
    onOutput?.(number, output);
  };
  for (const { number, output } of answered) keep(number, output);
  const { stopTokens, grammar } = domain;
  const begins = asked.map(({ prompt }) => prompt);
  const written = begins.map(({ tokens, outputStart = tokens.length }) =>
    Array.from(tokens).slice(outputStart),
  );
  let done = 0;
  const longest = begins.reduce((max, { tokens }) => Math.max(max, tokens.length), 1);
  const options = {
    rules: samplingRules(
      model.config.vocabSize,
      { ...sampling, nBest: 1 },
      { stopTokens, grammar },
    ),
    batchSize: Math.min(batchSize, sequencesOf(Math.min(longest + maxNewTokens, contextLength))),
  };
  for await (const event of generate(model, begins, options)) {
    signal?.throwIfAborted();
    if (event.kind === 'token') written[event.sequence].push(event.token);
    if (event.kind !== 'end') continue;
    keep(asked[event.sequence].number, domain.decodeOutput(written[event.sequence]));
    onProgress?.(++done / asked.length);
  }
  return outputs;
}

/** Returns the maximum number of sequences in a batch, at least 1, if each has `length` tokens. */
function sequencesOf(length: number): number {
  return Math.max(1, Math.floor(MAX_POSITIONS / length));
}

/** A model with its domain, and with the app that turns outputs into text or files. */
export interface AppModel {
  readonly app: AnyApp;
  readonly domain: AnyDomain;
  readonly model: Model;
}
