import { generate } from '@ramble/core';

import type { DomainCall } from '../../verb/verb.js';
import type { OpenModel } from '../../model/open-model.js';
import { outputGrammar } from '../sample/app-sampling.js';
import { type Comparison, spreadOf } from './comparison.js';
import type { EvaluationData } from './evaluation-data.js';
import { statisticsFeature } from './evaluate-features.js';

/** Limits of the samples. */
export interface CompareOptions {
  /** Number of outputs. */
  readonly count: number;
  /** Maximum number of tokens of each output; unless given, as many as fit into the context. */
  readonly sampleTokens?: number;
}

/**
 * Samples outputs as long as the context and compares their statistics with the data's: samples without a prompt,
 * or from prompts of the data if outputs answer prompts. The app's output rules apply with the defaults of
 * `sample`.
 */
export async function compareSamples(
  { app, output }: Pick<DomainCall<object>, 'app' | 'output'>,
  { domain, model }: OpenModel,
  data: Pick<EvaluationData, 'examples' | 'prompts'>,
  { count, sampleTokens }: CompareOptions,
): Promise<Comparison | undefined> {
  const statistics = statisticsFeature.of(app);
  if (!statistics) return undefined;
  const { contextLength } = model.config;
  const { stopTokens } = domain;
  const prompts = await data.prompts(count);
  const longest = Math.max(...prompts.map(({ tokens }) => tokens.length));
  const maxNewTokens = sampleTokens ?? contextLength - longest + 1; // the last token is not fed to the model
  const options = {
    maxNewTokens,
    count: Math.ceil(count / prompts.length),
    stopTokens,
    grammar: outputGrammar(app, domain, maxNewTokens),
  };
  const written = Array.from({ length: options.count * prompts.length }, (): number[] => []);
  let ended = 0;
  for await (const event of generate(model, prompts, options)) {
    if (event.kind === 'token') written[event.sequence].push(event.token);
    if (event.kind === 'end') output.progress(`sampling: ${++ended} of ${written.length}`);
  }
  const outputs: unknown[] = [];
  for await (const example of data.examples()) {
    outputs.push(domain.decodeOutput(Array.from(domain.encodeExample(example).tokens)));
  }
  output.progress('comparing samples with the data');
  return {
    samples: statistics(
      written.map((tokens) => domain.decodeOutput(tokens)),
      outputs,
    ),
    data: statistics(outputs, outputs),
    spread: spreadOf(outputs.map((each) => statistics([each], outputs))),
  };
}
