import type { Domain } from '@ramble/core';
import type { TokenPiece } from '@ramble/datasets';

/**
 * Examples as one long run of tokens. A stop token at the end of an example ends a document; the last
 * one of all is left out, since nothing follows it.
 */
export async function* documentTokens<Example>(
  domain: Pick<Domain<Example, never, unknown>, 'encodeExample' | 'stopTokens'>,
  examples: AsyncIterable<Example>,
): AsyncGenerator<TokenPiece> {
  let stop: number | undefined;
  for await (const example of examples) {
    if (stop !== undefined) yield { tokens: [stop], endsDocument: true };
    const tokens = Int32Array.from(domain.encodeExample(example).tokens);
    const last = tokens.at(-1);
    stop = last !== undefined && domain.stopTokens.includes(last) ? last : undefined;
    yield { tokens: stop === undefined ? tokens : tokens.subarray(0, -1), endsDocument: false };
  }
}
