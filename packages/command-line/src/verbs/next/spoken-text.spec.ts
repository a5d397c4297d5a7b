import type { AnyDomain, AnyApp } from '@ramble/core';
import { type TextStream, streamOutputFeature } from '@ramble/core/app';

import { spokenText } from './next-program.js';

/** A domain whose tokens are bytes, with hexadecimal words. */
const domain = {
  vocabulary: { size: 256, describe: (id: number) => `0x${id.toString(16).toUpperCase()}` },
} as AnyDomain; // all members that are used
const app: Pick<AnyApp, 'features'> = {
  features: streamOutputFeature.with((): TextStream => {
    const decoder = new TextDecoder();
    return {
      push: (token) => decoder.decode(Uint8Array.of(token), { stream: true }),
      end: () => decoder.decode(),
    };
  }),
};
const speak = (text: string, end?: number): string =>
  spokenText(app, domain, Array.from(new TextEncoder().encode(text)).slice(0, end));

describe('spokenText', () => {
  it('returns the text', () => {
    expect(speak('naïve 🐋\n')).toBe('naïve 🐋\n');
  });

  it('shows the bytes of a character that is not complete', () => {
    expect(speak('a🐋', 3)).toBe('a0xF0 0x9F');
  });

  it('escapes control characters, which could change the terminal', () => {
    expect(speak('a\x1b[2J\tb\r\x9b')).toBe('a\\u001b[2J\\u0009b\\u000d\\u009b');
  });

  it('returns words if the app writes no text', () => {
    expect(spokenText({}, domain, [1, 255])).toBe('0x1 0xFF');
  });
});
