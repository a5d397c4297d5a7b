import { type AnyApp, type AnyDomain, generate, type Model } from '@ramble/core';
import { type CheckedSampling, samplingRules } from '@ramble/core/sampling';

import { cutPromptsWarning, planPrompts } from './plan-prompts.js';

export interface WriteOutputsOptions {
  readonly sampling: CheckedSampling;
  /** Maximum number of sequences in a batch; long sequences have smaller batches. */
  readonly batchSize: number;
  /** Signal that ends the writing. */
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
 * Writes the best output for each prompt, in order.
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

/** Number of sequences of a length in a batch. */
function sequencesOf(length: number): number {
  return Math.max(1, Math.floor(MAX_POSITIONS / length));
}

/** A model with its domain and the app that shows its outputs. */
export interface AppModel {
  readonly app: AnyApp;
  readonly domain: AnyDomain;
  readonly model: Model;
}
