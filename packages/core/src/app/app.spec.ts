import type { AnyDomain } from '../domain/domain.js';
import { type AnyApp, outputFormat, outputTokens } from './app.js';

describe('outputTokens', () => {
  const prompt = { tokens: [1, 2, 3], outputStart: 2 };

  it('begins a piece with its prompt, and an answer with its forced start', () => {
    expect(outputTokens({ packing: 'pieces' }, prompt, [4, 5])).toEqual([1, 2, 3, 4, 5]);
    expect(outputTokens({ packing: 'examples' }, prompt, [4, 5])).toEqual([3, 4, 5]);
    expect(outputTokens({ packing: 'stream' }, { tokens: [1, 2] }, [4])).toEqual([4]);
  });
});

describe('outputFormat', () => {
  const domain = { decodeOutput: (tokens: readonly number[]) => tokens } as AnyDomain;
  const formatOf = (given: Partial<AnyApp>): string | undefined =>
    outputFormat(given as AnyApp, domain);

  it('returns the extension of the file that an empty output makes', () => {
    const bytes = new Uint8Array();
    const file = { kind: 'file', extension: '.mid', bytes } as const;
    const text = { kind: 'text', text: '' } as const;
    expect(formatOf({ showOutput: () => file })).toBe('mid');
    expect(formatOf({ showOutput: () => text })).toBeUndefined();
  });

  it('returns undefined if an empty output cannot be shown', () => {
    const showOutput = (): never => {
      throw new RangeError('output: expected notes, got none');
    };
    expect(formatOf({ showOutput })).toBeUndefined();
  });
});
