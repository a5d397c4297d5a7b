import { type AnyInferenceApp, type AnyDomain, createModel, type ModelConfig } from '@ramble/core';
import { type ExplorerCalls, explorerCalls } from '@ramble/explorer';
import { cpuEngine } from '@ramble/portable';

import { BOOK_CALLS } from './calls-of-a-book.mjs';
import { servePage } from './serve-page.mjs';

const LETTERS = 'abcdefghij';

/** A domain of small letters, as far as Look inside needs one. */
const domain = {
  name: 'letters',
  vocabulary: { size: LETTERS.length, describe: (id: number) => LETTERS[id] ?? '' },
} as AnyDomain;
const app = { name: 'letters' } as AnyInferenceApp;

/** Returns the prompt of a text of small letters, each a token. */
function encode({ text = '' }: { readonly text?: string }) {
  const tokens = Array.from(text, (word) => ({ id: LETTERS.indexOf(word), word, text: word }));
  return { prompt: { tokens: tokens.map(({ id }) => id) }, tokens };
}

/** Serves the page with a small random model of letters, and returns its calls too. */
export async function serveLetters(
  config: Partial<ModelConfig>,
): Promise<Awaited<ReturnType<typeof servePage>> & { readonly calls: ExplorerCalls }> {
  await cpuEngine.load();
  const sizes = { vocabSize: LETTERS.length, contextLength: 12, nLayer: 3, nHead: 2, nEmbd: 8 };
  const model = createModel({ ...sizes, ...config }, { seed: 3 });
  const explored = { id: 'letters', model, app, domain, engine: 'cpu' };
  const { whole, streamed } = explorerCalls({ list: () => [explored], find: () => explored });
  const models = () => [{ ...BOOK_CALLS.models()[0], id: 'letters', config: model.config }];
  const [{ study, maps, lens, circuits }, { attention }] = [streamed, whole];
  return {
    calls: { whole, streamed },
    ...(await servePage({
      ...{ ...BOOK_CALLS, models, encode, study, maps, lens, circuits, attention },
    })),
  };
}
