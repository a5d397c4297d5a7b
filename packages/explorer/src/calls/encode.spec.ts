import type { AnyDomain, Domain } from '@ramble/core';

import { answersApp, filesApp, lettersDomain } from '../../test/letters-app.js';
import { lettersModel, openModels } from '../../test/letters-model.js';
import { explorerCalls } from '../explorer-calls.js';

const cutting: Domain<string, string, string> = {
  ...lettersDomain,
  cutRule: 'head',
  cutPrompt: ({ tokens }, room) =>
    room < 3 ? undefined : { tokens: Array.from(tokens).slice(0, room) },
};
const domain = cutting as AnyDomain;
/** A domain whose tokens are the bytes of texts. */
const bytesDomain: Domain<string, string, string> = {
  ...lettersDomain,
  vocabulary: {
    size: 256,
    describe: (id) =>
      id < 128
        ? JSON.stringify(String.fromCharCode(id))
        : `0x${id.toString(16).toUpperCase().padStart(2, '0')}`,
  },
  encodePrompt: (text) => ({ tokens: [...new TextEncoder().encode(text)] }),
  decodeOutput: (tokens) => new TextDecoder().decode(Uint8Array.from(tokens)),
};
const hexDomain: Domain<string, string, string> = {
  ...bytesDomain,
  decodeOutput: (tokens) => tokens.map((id) => bytesDomain.vocabulary.describe(id)).join(' '),
};
const plainApp = { ...answersApp, packing: 'stream' } as const;
const calls = explorerCalls(
  openModels(
    lettersModel(),
    lettersModel({ id: 'files', app: filesApp }),
    lettersModel({ id: 'answers', app: answersApp }),
    lettersModel({ id: 'cuts', domain }),
    lettersModel({ id: 'bytes', app: plainApp, domain: bytesDomain }),
    lettersModel({ id: 'hex', app: plainApp, domain: hexDomain }),
    lettersModel({ id: 'tiny', domain, contextLength: 2 }),
  ),
);
const LONG = 'a text that is much longer than the context';
const idsOf = (text: string): number[] => Array.from(lettersDomain.encodePrompt(text).tokens);

describe('encode', () => {
  it('encodes a text and describes its tokens', async () => {
    const answer = await calls.whole.encode({ model: 'letters', text: 'b a' });
    expect(answer).toEqual({
      prompt: { tokens: [1, 26, 0] },
      tokens: [
        { id: 1, word: '"b"', text: 'b' },
        { id: 26, word: '" "', text: ' ' },
        { id: 0, word: '"a"', text: 'a' },
      ],
    });
    const empty = await calls.whole.encode({ model: 'letters' });
    expect(empty.tokens).toEqual([{ id: 27, word: '<end>', text: '<end>' }]);
  });

  it('gives the bytes of tokens that are parts of a character', async () => {
    const { tokens } = await calls.whole.encode({ model: 'bytes', text: 'aé' });
    expect(tokens).toEqual([
      { id: 97, word: '"a"', text: 'a' },
      { id: 0xc3, word: '0xC3', text: '', bytes: [0xc3] },
      { id: 0xa9, word: '0xA9', text: '', bytes: [0xa9] },
    ]);
  });

  it('leaves tokens that are named like bytes and are whole', async () => {
    const { tokens } = await calls.whole.encode({ model: 'hex', text: 'é' });
    expect(tokens[0]).toEqual({ id: 0xc3, word: '0xC3', text: '0xC3' });
  });

  it('reads files in base64, and options, by the name of the file', async () => {
    const question = { model: 'files', file: btoa('abcdef') };
    const plain = await calls.whole.encode(question);
    expect(plain.prompt.tokens).toEqual(idsOf('abcdef'));
    expect(plain.tokens[0]).toEqual({ id: 0, word: '"a"', text: '"a"' }); // outputs are no text
    const options = { melody: 'x.mid', seconds: 3 };
    const other = await calls.whole.encode({ ...question, options });
    expect(other.prompt.tokens).toEqual(idsOf('mabc'));
  });

  it('describes how a long prompt was cut', async () => {
    const whole = await calls.whole.encode({ model: 'letters', text: LONG });
    expect(whole.cut).toBe('the prompt has 43 tokens; the model reads the last 24');
    expect(whole.prompt.tokens).toHaveLength(43);
    const cut = await calls.whole.encode({ model: 'cuts', text: LONG, maxNewTokens: 5 });
    expect(cut.cut).toBe(
      'the prompt has 43 tokens; cut (head) to 19, so that a context of 24 has room for the output',
    );
    expect(cut.prompt.tokens).toEqual(idsOf(LONG).slice(0, 19));
    expect(await calls.whole.encode({ model: 'cuts', text: 'abc' })).not.toHaveProperty('cut');
  });

  it('answers prompts that need no model', async () => {
    expect(await calls.whole.encode({ model: 'answers', text: '' })).toEqual({
      prompt: { tokens: [] },
      tokens: [],
      answer: { kind: 'text', text: 'nothing' },
    });
  });

  it.each([
    [{ text: 'é' }, 'text: expected small letters, got é'],
    [{ text: 'a', file: 'YQ==' }, 'text: expected none with a file, got one'],
    [{ file: '*' }, 'file: expected a file in base64, got other text'],
    [{ text: 'a', options: { seconds: 3 } }, 'seconds: unknown setting.'],
    [
      { model: 'files', options: { seconds: 'x' } },
      'seconds: expected a number of at least 0, got "x"',
    ],
    [{ text: 7 }, 'text: expected a text, got 7'],
    [{ maxNewTokens: 0 }, 'maxNewTokens: expected an integer of at least 1, got 0'],
    [
      { model: 'tiny', text: LONG },
      'prompt: expected room for the start of the output, got 43 tokens for a context of 2',
    ],
  ])('refuses %j', async (wrong, message) => {
    await expect(calls.whole.encode({ model: 'letters', ...wrong })).rejects.toThrow(message);
  });
});
