import { type AnyApp, generate, type Model, type SamplingConfig } from '@ramble/core';

import type { AnyDomain } from '../model/open-model.js';
import { cutPromptsWarning } from './cut-warnings.js';
import { planPrompts } from './plan-prompts.js';

export interface WriteOutputsOptions {
  readonly sampling: Partial<SamplingConfig>;
  /** Most sequences that are written side by side. */
  readonly batchSize: number;
  /** @param share - Of the prompts, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Told of prompts that had to be cut. */
  readonly onCut?: (warning: string) => void;
}

interface Writer {
  readonly app: AnyApp;
  readonly domain: AnyDomain;
  readonly model: Model;
}

/** The best output for each prompt, in their order. */
export async function writeOutputs(
  { app, domain, model }: Writer,
  prompts: readonly unknown[],
  { sampling, batchSize, onProgress, onCut }: WriteOutputsOptions,
): Promise<unknown[]> {
  const { maxNewTokens = model.config.contextLength } = sampling;
  const planned = planPrompts(app, domain, model.config, prompts, maxNewTokens);
  const warning = cutPromptsWarning(planned, domain, model.config);
  if (warning !== undefined) onCut?.(warning);
  const { asked, answered } = planned;
  const outputs: unknown[] = Array.from({ length: prompts.length });
  for (const { number, output } of answered) outputs[number] = output;
  const { stopTokens, grammar } = domain;
  const begins = asked.map(({ prompt }) => prompt);
  const written = begins.map(({ tokens, outputStart = tokens.length }) =>
    Array.from(tokens).slice(outputStart),
  );
  let done = 0;
  const options = { ...sampling, nBest: 1, stopTokens, grammar, batchSize };
  for await (const event of generate(model, begins, options)) {
    if (event.kind === 'token') written[event.sequence].push(event.token);
    if (event.kind !== 'end') continue;
    outputs[asked[event.sequence].number] = domain.decodeOutput(written[event.sequence]);
    onProgress?.(++done / asked.length);
  }
  return outputs;
}
