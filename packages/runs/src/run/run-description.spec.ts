import type { JsonObject } from '@ramble/core/files';

import { tinyRun } from '../../test/tiny-run.js';
import { describeRun, parseRunDescription, type RunDescription } from './run-description.js';

const { name, options } = tinyRun.domain;
const description: RunDescription = {
  ...tinyRun,
  domain: { name, options, fingerprint: '0123456789abcdef' },
};
const json = (): JsonObject => JSON.parse(JSON.stringify(describeRun(description))) as JsonObject;

describe('parseRunDescription', () => {
  it('inverts describeRun, with the format version first', () => {
    expect(parseRunDescription(json())).toEqual(description);
    expect(Object.entries(json())[0]).toEqual(['formatVersion', 1]);
  });

  it('reads a run without a checksum, and one whose indentation or line ends changed', () => {
    const { checksum, ...unchecked } = json();
    expect(checksum).toMatch(/^[0-9a-f]{16}$/);
    expect(parseRunDescription(unchecked)).toEqual(description);
    const indented = JSON.stringify(json(), undefined, '\t').replaceAll('\n', '\r\n');
    expect(parseRunDescription(JSON.parse(indented) as JsonObject)).toEqual(description);
  });

  it('refuses every flipped bit of a digit', () => {
    const text = JSON.stringify(describeRun(description));
    const digits = [...text.matchAll(/\d/g)].map(({ index }) => index);
    let flips = 0;
    for (const at of digits) {
      for (const bit of [1, 2, 4, 8]) {
        const digit = String.fromCharCode(text.charCodeAt(at) ^ bit);
        if (!/\d/.test(digit)) continue;
        const flipped = text.slice(0, at) + digit + text.slice(at + 1);
        let changed: JsonObject;
        try {
          changed = JSON.parse(flipped) as JsonObject;
        } catch {
          continue; // 01 is no JSON
        }
        flips++;
        expect(() => parseRunDescription(changed)).toThrow(
          /^(expected the checksum|formatVersion: expected 1)/,
        );
      }
    }
    expect(flips).toBeGreaterThan(300);
  });

  it('names the line to remove to accept an edit of a run with a checksum', () => {
    const edited: JsonObject = { ...json(), engine: 'wasm' };
    const { checksum, ...accepted } = edited;
    const { checksum: got } = describeRun({ ...description, engine: 'wasm' });
    expect(() => parseRunDescription(edited)).toThrow(
      new RangeError(
        `expected the checksum "${String(checksum)}", as it was saved, got "${String(got)}". The file was damaged ` +
          'or edited. Put it back from a copy; to accept an edit, remove the line "checksum"',
      ),
    );
    expect(parseRunDescription(accepted)).toMatchObject({ engine: 'wasm' });
  });

  it.each([
    { kind: 'import', path: '/models/gpt2' },
    { kind: 'run', path: '/runs/book', step: 200 },
  ] as const)('keeps where a run came from: %j', (origin) => {
    const from = JSON.parse(JSON.stringify(describeRun({ ...description, origin }))) as JsonObject;
    expect(parseRunDescription(from)).toEqual({ ...description, origin });
  });

  it('stores that examples with common texts were held out together', () => {
    const apart = { ...description, split: 'components' } as const;
    expect(parseRunDescription(describeRun(apart))).toEqual(apart);
    expect(parseRunDescription({ ...json(), split: undefined })).not.toHaveProperty('split');
  });

  const { domain, model, training } = description;
  const unlearned: Partial<typeof model> = { ...model };
  delete (unlearned as { nHead?: number }).nHead;
  it.each([
    [{ formatVersion: 2 }, 'formatVersion: expected 1, got 2. Another version of ramble wrote it'],
    [
      { formatVersion: undefined },
      'formatVersion: expected 1, got none. Another version of ramble wrote it',
    ],
    [{ model: undefined }, 'model: expected an object, got null'],
    [{ model: [] }, 'model: expected an object, got []'],
    [
      { model: unlearned },
      'model: nHead: expected an integer of at least 1 and at most 65536, got nothing',
    ],
    [{ model: { ...model, nHead: 4 } }, 'model: nKvHead: expected a divisor of nHead (4), got 3'],
    [{ model: { ...model, nhead: 3 } }, 'model: nhead: unknown setting. Did you mean nHead?'],
    [
      { training: { ...training, seed: 0.5 } },
      'training: seed: expected an integer of at least 0, got 0.5',
    ],
    [{ domain: { ...domain, name: 1 } }, 'domain: name: expected a string, got 1'],
    [{ domain: { ...domain, options: 'x' } }, 'domain: options: expected an object, got "x"'],
    [{ data: { valid: { path: 'a' } } }, 'data: valid: sha256: expected a string, got nothing'],
    [{ engine: null }, 'engine: expected a string, got nothing'],
    [{ origin: { kind: 'gift', path: '' } }, 'origin: kind: expected import or run, got "gift"'],
    [{ split: 'thirds' }, 'split: expected components, got "thirds"'],
    [{ engines: 'cpu' }, 'engines: unknown setting. Did you mean engine?'],
  ])('refuses %j', (change, message) => {
    const edited = { ...json(), ...change, checksum: undefined };
    expect(() => parseRunDescription(edited)).toThrow(message);
    expect(() => parseRunDescription(edited)).toThrow(/^[^\n]+$/);
  });
});
