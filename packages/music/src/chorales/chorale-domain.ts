import type { Domain, DomainFactory, Files } from '@ramble/core';
import { shownText } from '@ramble/core/files';

import { pitchName } from '../events/describe-event.js';
import { type Chorale, VOICES } from './chorale.js';
import { CHORALE_END, CHORALE_IDS, decodeChorale, encodeChorale } from './chorale-ids.js';

/** The domain of chorales: prompts and outputs are chorales. */
export type ChoraleDomain = Domain<Chorale, Chorale, Chorale>;

const FILE = 'chorales.json';

/** Four-part chorales on a grid of sixteenths, a token a voice and step. */
export const choraleDomain: ChoraleDomain = {
  name: 'chorales',
  vocabulary: { size: CHORALE_IDS, describe },
  stopTokens: [CHORALE_END],
  encodeExample: (chorale) => {
    if (chorale.length === 0) throw new RangeError('chorale: expected at least one step, got none');
    const ids = encodeChorale(chorale);
    const tokens = new Int32Array(ids.length + 2).fill(CHORALE_END);
    tokens.set(ids, 1);
    return { tokens, lossWeights: new Float32Array(tokens.length).fill(1) };
  },
  encodePrompt: (chorale) => ({ tokens: Int32Array.of(CHORALE_END, ...encodeChorale(chorale)) }),
  decodeOutput: decodeChorale,
  encodeOutput: encodeChorale,
  grammar: {
    start: ({ tokens }) => tokens.length - 1,
    advance: (length) => (length as number) + 1, // its own state
    allowed: (length) => allowedIds(length as number), // as above
    mustEnd: () => false,
  },
};

/** Makes the one domain of chorales. */
export const choraleFactory: DomainFactory<ChoraleDomain, Chorale, object> = {
  fit: () => Promise.resolve(choraleDomain),
  save: () => ({ [FILE]: `${JSON.stringify({ ids: CHORALE_IDS })}\n` }),
  load: (files: Files) => {
    const [expected, got] = [choraleFactory.save(choraleDomain)[FILE], files[FILE] as unknown];
    if (got === expected) return Promise.resolve(choraleDomain);
    const found = typeof got === 'string' ? shownText(got.trim(), 40) : 'no such file';
    return Promise.reject(new Error(`${FILE}: expected ${expected.trim()}, got ${found}`));
  },
};

function describe(id: number): string {
  if (id < CHORALE_END - 1) return pitchName(id);
  return id === CHORALE_END ? 'end of chorale' : 'silence';
}

/** An end stands behind whole steps alone, and behind one at least. */
function allowedIds(length: number): number[] {
  const mayEnd = length > 0 && length % VOICES === 0;
  return Array.from({ length: mayEnd ? CHORALE_IDS : CHORALE_END }, (_, id) => id);
}
