import { generate } from '@ramble/core';

import type { DomainCall } from '../../cli/verb.js';
import type { OpenModel } from '../../model/open-model.js';
import type { Comparison } from './comparison.js';

/**
 * Has the model write outputs by itself, each as long as the context, and holds what they are like
 * beside the data.
 *
 * @param examples - The data.
 */
export async function compareSamples(
  { app, output }: Pick<DomainCall<object>, 'app' | 'output'>,
  { domain, model }: OpenModel,
  examples: AsyncIterable<unknown> | Iterable<unknown>,
  count: number,
): Promise<Comparison | undefined> {
  if (!app.statistics) return undefined;
  const { contextLength } = model.config;
  const written = Array.from({ length: count }, (): number[] => []);
  const { stopTokens, grammar } = domain;
  const options = { maxNewTokens: contextLength, count, stopTokens, grammar };
  let ended = 0;
  const prompt = domain.encodePrompt(app.readPrompt(new Uint8Array()));
  for await (const event of generate(model, prompt, options)) {
    if (event.kind === 'token') written[event.sequence].push(event.token);
    if (event.kind === 'end') output.progress(`sampling: ${++ended} of ${count}`);
  }
  const outputs: unknown[] = [];
  for await (const example of examples) {
    outputs.push(domain.decodeOutput(Array.from(domain.encodeExample(example).tokens)));
  }
  return {
    samples: app.statistics(written.map((tokens) => domain.decodeOutput(tokens))),
    data: app.statistics(outputs),
  };
}
