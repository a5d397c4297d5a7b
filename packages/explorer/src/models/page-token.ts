import { outputFormat, streamOutputFeature } from '@ramble/core/app';
import { unquoted } from '@ramble/core/files';

import type { PageToken } from '../contract.js';
import { shownOutput } from './artifact-view.js';
import type { ExploredModel } from './asked-model.js';

type Described = Pick<ExploredModel, 'app' | 'domain'>;

/**
 * Prepares to say what the tokens of a model are.
 *
 * @returns a function of an id of the vocabulary.
 */
export function pageTokens(explored: Described): (id: number) => PageToken {
  const { app, domain } = explored;
  const isText = outputFormat(app, domain) === undefined;
  return (id) => {
    const word = domain.vocabulary.describe(id);
    if (!isText) return { id, word, text: word };
    const bytes = partialBytes(explored, id, word);
    return bytes ? { id, word, text: '', bytes } : { id, word, text: unquoted(word) };
  };
}

/** A token that is no whole number of characters, as tokenizers describe it: `0xF0 0x9F`. */
const BYTES = /^0x[0-9A-F]{2}(?: 0x[0-9A-F]{2})*$/u;

/** The bytes of a token that is a part of a character; `undefined` for any other token. */
function partialBytes(explored: Described, id: number, word: string): number[] | undefined {
  if (!BYTES.test(word)) return undefined;
  // A domain of a user may have tokens of this name, which are whole.
  return textOf(explored, [id])?.includes('\uFFFD') ? word.split(' ').map(Number) : undefined;
}

/** Tokens of a vocabulary that are looked at, to find out what they are. */
const PROBES = 16;

/** Whether the text of an output is the text of its tokens, one after another. */
export function joinsTokens(explored: Described): boolean {
  const { app, domain } = explored;
  if (outputFormat(app, domain) !== undefined) return false;
  if (streamOutputFeature.of(app)) return true;
  const { vocabulary } = domain;
  const ids = Array.from({ length: PROBES }, (_, i) => Math.floor((i * vocabulary.size) / PROBES));
  const probed = [...new Set(ids)].filter((id) => !domain.stopTokens.includes(id));
  const words = probed.map((id) => vocabulary.describe(id));
  // Tokenizers quote texts; a domain of a user may describe its tokens by their texts alone.
  if (words.some((word) => unquoted(word) !== word)) return true;
  return textOf(explored, probed) === words.join('');
}

/** The text of an output of these tokens; `undefined` if the domain cannot show it. */
function textOf(explored: Described, ids: readonly number[]): string | undefined {
  try {
    const shown = shownOutput(explored, { tokens: [] }, ids);
    return shown.kind === 'text' ? shown.text : undefined;
  } catch {
    return undefined; // an app of a user may show whole outputs alone
  }
}
