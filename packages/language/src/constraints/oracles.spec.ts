import { readFileSync } from 'node:fs';

import { type ConstraintSource, createConstraint } from '../constraints.js';

interface Fixture {
  /** Bytes of the tokens after the 256 single bytes, as characters; the last token is the stop token. */
  readonly tokens: readonly string[];
  readonly masks: readonly string[];
  readonly cases: readonly (ConstraintSource & {
    readonly oracle: string;
    readonly ids: readonly number[];
    readonly masks: readonly number[];
  })[];
}

const { tokens, masks, cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/constraints/masks.json', import.meta.url), 'utf8'),
) as Fixture;
const texts = [...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)), ...tokens];
const STOP = texts.length;
const domain = {
  vocabulary: {
    size: STOP + 1,
    describe: (id: number) => texts[id],
    bytes: (id: number) =>
      id === STOP ? undefined : Uint8Array.from(texts[id], (character) => character.charCodeAt(0)),
  },
  stopTokens: [STOP],
};

/**
 * Whether a token is one of the known differences: llguidance refuses `\/`, `\u00e9` and U+007F in JSON, and allows -0
 * as an integer.
 */
function isKnownDifference({ oracle, jsonSchema }: (typeof cases)[number], text: string): boolean {
  return oracle === 'llguidance' && jsonSchema !== undefined && /\\[u/]|\x7f|-0/.test(text);
}

describe('masks', () => {
  it.each(cases.map((each) => [each.oracle, each]))('equal the masks of %s: %j', (_, given) => {
    const { oracle, ids, masks: expected, ...source } = given;
    const constraint = createConstraint(domain, { ...source, isCompact: true });
    let state = constraint.start({ tokens: [0] });
    let text = '';
    const known = (id: number): boolean =>
      id === STOP || !isKnownDifference(given, text.slice(-1) + texts[id]);
    for (const [at, mask] of expected.entries()) {
      const bits = BigInt(`0x${masks[mask]}`);
      const wanted = Array.from({ length: STOP + 1 }, (__, id) => id).filter(
        (id) => (bits >> BigInt(id)) & 1n,
      );
      const allowed = [...constraint.allowed(state)];
      expect({ text, allowed: allowed.filter(known) }).toEqual({
        text,
        allowed: wanted.filter(known),
      });
      if (at === ids.length) return;
      state = constraint.advance(state, ids[at]);
      text += texts[ids[at]];
    }
    throw new Error(`${oracle}: expected a mask at the end of the text`);
  });

  it('are compared at 300 states', () => {
    expect(cases.reduce((sum, each) => sum + each.masks.length, 0)).toBeGreaterThan(300);
  });
});
