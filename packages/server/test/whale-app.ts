import type { AnyApp, App, Domain } from '@ramble/core';
import { streamOutputFeature } from '@ramble/core/app';

/** Bytes of the vocabulary, one for each token: small letters, a blank, a line break and the four bytes of 🐋. */
const BYTES = new TextEncoder().encode('abcdefghijklmnopqrstuvwxyz \n🐋');
export const END = BYTES.length;

function idsOf(text: string): number[] {
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const id = BYTES.indexOf(byte);
    if (id < 0) throw new RangeError(`text: expected small letters and whales, got ${text}`);
    return id;
  });
}

const bytesOf = (ids: readonly number[]): Uint8Array =>
  Uint8Array.from(
    ids.filter((id) => id !== END),
    (id) => BYTES[id],
  );

export const whaleDomain: Domain<string, string, string> = {
  name: 'whale',
  vocabulary: {
    size: END + 1,
    describe: (id) => (id === END ? '<end>' : `0x${BYTES[id].toString(16).toUpperCase()}`),
    bytes: (id) => (id === END ? undefined : BYTES.subarray(id, id + 1)),
  },
  stopTokens: [END],
  encodeExample: (text) => ({ tokens: idsOf(text), lossWeights: idsOf(text).map(() => 1) }),
  encodePrompt: (text) => ({ tokens: text === '' ? [END] : idsOf(text) }),
  decodeOutput: (ids) => new TextDecoder().decode(bytesOf(ids)),
};

const app: App<string, string, string, object> = {
  name: 'whale',
  description: 'Small letters and whales, one token per byte.',
  factory: {
    fit: () => Promise.resolve(whaleDomain),
    save: () => ({}),
    load: () => Promise.resolve(whaleDomain),
  },
  options: {},
  packing: 'stream',
  data: {
    extensions: ['.txt'],
    readExamples: () => {
      throw new Error('not for training');
    },
  },
  readPrompt: (content) => new TextDecoder().decode(content),
  showOutput: (text) => ({ kind: 'text', text }),
  features: streamOutputFeature.with(() => {
    const decoder = new TextDecoder();
    return {
      push: (id) => decoder.decode(bytesOf([id]), { stream: true }),
      end: () => decoder.decode(),
    };
  }),
};

/** An app of text whose tokens may be parts of characters. */
export const whaleApp: AnyApp = app;
