import { helpExamplesFeature, measureFeature } from '@ramble/command-line/features';
import {
  checkSettings,
  type DataFile,
  MODEL_SETTINGS,
  modelConfig,
  TRAINING_SETTINGS,
  trainingConfig,
} from '@ramble/core';
import { streamOutputFeature } from '@ramble/core/app';
import { listCorpora } from '@ramble/datasets';
import { textDomain, type TextExample } from '@ramble/language';
import { byteTokenizer, gpt2Tokenizer } from '@ramble/tokenizers';
import { unitScores } from '@ramble/core/training';

import defaultExport, { firstCharacters, readExamples, splitLastWord, textApp } from './index.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('textApp', () => {
  it('is the app that the command finds in the package', () => {
    expect(defaultExport).toBe(textApp);
  });

  it('shows a first command that runs unchanged, because its data is a named corpus', () => {
    const data = /--data (\S+)/.exec(helpExamplesFeature.of(textApp)?.train[0] ?? '')?.[1];
    expect(listCorpora().map(({ name }) => name)).toContain(data);
  });

  it('reads a prompt and an output unchanged', () => {
    expect(textApp.readPrompt(bytes('naïve 🐋\r\n'))).toBe('naïve 🐋\r\n');
    expect(textApp.readOutput?.(bytes(''))).toBe('');
  });

  it('refuses a prompt or an output that is no text', () => {
    const latin1 = Uint8Array.of(0x6e, 0x61, 0xef, 0x76, 0x65);
    expect(() => textApp.readPrompt(latin1)).toThrow(
      'prompt: expected text in UTF-8, got other bytes',
    );
    expect(() => textApp.readOutput?.(latin1)).toThrow(
      'output: expected text in UTF-8, got other bytes',
    );
  });

  it('streams whole characters, whatever tokens they come in', async () => {
    const domain = textDomain(await gpt2Tokenizer());
    const { tokens } = domain.encodePrompt('a 🐋 naïve');
    const stream = streamOutputFeature.of(textApp)!(domain);
    const pieces = [...Array.from(tokens, (token) => stream.push(token)), stream.end()];
    expect(pieces.join('')).toBe('a 🐋 naïve');
    expect(pieces.join('|')).not.toContain('\uFFFD');
    expect(pieces).toContain('');
  });

  it('counts characters, bytes and words', () => {
    const domain = textDomain(byteTokenizer());
    expect(measureFeature.of(textApp)?.({ text: 'naïve 🐋', endsDocument: true }, domain)).toEqual({
      character: 7,
      byte: 11,
      word: 2,
    });
  });

  it('has presets that a model can be made and trained with', () => {
    for (const preset of Object.values(textApp.presets!)) {
      const pick = (table: object): object =>
        Object.fromEntries(Object.entries(preset).filter(([name]) => name in table));
      const config = modelConfig({ vocabSize: 65, ...pick(MODEL_SETTINGS) });
      const options = checkSettings<unknown>(
        textApp.options,
        pick(textApp.options) as Record<string, unknown>,
      );
      const whole = {
        ...config,
        ...trainingConfig(pick(TRAINING_SETTINGS)),
        ...(options as object),
      };
      expect(whole).toMatchObject(preset);
    }
  });
});

async function first(count: number): Promise<[string, boolean][]> {
  const examples = async function* () {
    yield await Promise.resolve({ text: 'na\u00efve', endsDocument: false });
    yield { text: ' \u{1f40b}s', endsDocument: true };
    yield { text: 'more', endsDocument: true };
  };
  const found: [string, boolean][] = [];
  for await (const { text, endsDocument } of firstCharacters(examples(), count)) {
    found.push([text, endsDocument]);
  }
  return found;
}

describe('firstCharacters', () => {
  it('cuts within a document, which does not end there, and never within a character', async () => {
    expect(await first(3)).toEqual([['na\u00ef', false]]);
    expect(await first(7)).toEqual([
      ['na\u00efve', false],
      [' \u{1f40b}', false],
    ]);
  });

  it('keeps the end of a document that ends there, and all of a short text', async () => {
    expect(await first(8)).toEqual([
      ['na\u00efve', false],
      [' \u{1f40b}s', true],
    ]);
    expect(await first(100)).toHaveLength(3);
  });
});

const domain = textDomain(byteTokenizer());
/**
 * Losses of made-up tokens of sentences told a character, a byte and a word, by formula in Python: nll in nats; bits =
 * nats / ln 2; characters are Unicode code points; words are white-space separated; word perplexity = exp(total nll /
 * words).
 */
const CASES = [
  {
    text: "and that done, we undressed and went to bed, at peace with our own consciences and all the world. A Sag Harbor ship visited his father's bay, and Queequeg sought a passage to Christian lands.",
    characters: 191,
    bytes: 191,
    words: 35,
    totalNll: 47.1106,
    bitsPerCharacter: 0.3558441309,
    bitsPerByte: 0.3558441309,
    wordPerplexity: 3.842092511,
  },
  {
    text: 'yes, two of them, one for Queequeg, and one for me. The bar-room was now full of the boarders who had been dropping in the night previous, and whom I had not as yet had a good look at. 中文',
    characters: 187,
    bytes: 191,
    words: 40,
    totalNll: 116.8472,
    bitsPerCharacter: 0.901469925,
    bitsPerByte: 0.8825909737,
    wordPerplexity: 18.56317909,
  },
  {
    text: 'Are these last throwing out oblique hints touching Tophet? After supper, and another social chat and smoke, we went to our room together. The perpendicular parts of this side ladder, as is usually the case with swinging ones, were of cloth-covered rope, only the rounds were of wood, so that at every step there was a joint. naïve café ☕',
    characters: 337,
    bytes: 341,
    words: 60,
    totalNll: 100.4858,
    bitsPerCharacter: 0.4301791256,
    bitsPerByte: 0.4251330362,
    wordPerplexity: 5.337531784,
  },
  {
    text: 'the little Moss tossed the quick foam from her bows, as a young colt his snortings. the clouds are rolling off—serenest azure is at hand." Nor was the pulpit itself without a trace of the same sea-taste that had achieved the ladder and the picture.',
    characters: 248,
    bytes: 250,
    words: 45,
    totalNll: 107.1554,
    bitsPerCharacter: 0.6233571136,
    bitsPerByte: 0.6183702567,
    wordPerplexity: 10.81821309,
  },
  {
    text: 'We cannibals must help these Christians." CHAPTER 14. By all accounts Tarshish could have been no other city than the modern Cadiz. 中文',
    characters: 134,
    bytes: 138,
    words: 23,
    totalNll: 34.6561,
    bitsPerCharacter: 0.3731207732,
    bitsPerByte: 0.3623056783,
    wordPerplexity: 4.512209553,
  },
  {
    text: 'The bar-room was now full of the boarders who had been dropping in the night previous, and whom I had not as yet had a good look at. In a countryman, this sudden flame of friendship would have seemed far too premature, a thing to be much distrusted; to my no small surprise, nearly every man maintained a profound silence. naïve café ☕',
    characters: 335,
    bytes: 339,
    words: 63,
    totalNll: 96.698,
    bitsPerCharacter: 0.4164350002,
    bitsPerByte: 0.4115213129,
    wordPerplexity: 4.640809856,
  },
  {
    text: "As with all sinners among men, the sin of this son of Amittai was in his wilful disobedience of the command of God—never mind now what that command was, or how conveyed—which he found a hard command. Thinks I, Queequeg, this is using Rogers's best cutlery with a vengeance. naïve café ☕",
    characters: 286,
    bytes: 294,
    words: 52,
    totalNll: 133.7053,
    bitsPerCharacter: 0.6744614449,
    bitsPerByte: 0.6561087526,
    wordPerplexity: 13.08224241,
  },
  {
    text: 'And not only that, but they looked embarrassed. Delight,—top-gallant delight is to him, who acknowledges no law or lord, but the Lord his God, and is only a patriot to heaven. In the complexion of a third still lingers a tropic tawn, but slightly bleached withal;',
    characters: 263,
    bytes: 265,
    words: 46,
    totalNll: 66.257,
    bitsPerCharacter: 0.3634549252,
    bitsPerByte: 0.3607118691,
    wordPerplexity: 4.222255928,
  },
  {
    text: "It may seem ridiculous, but it reminded me of General Washington's head, as seen in the popular busts of him. Two enormous wooden pots painted black, and suspended by asses' ears, swung from the cross-trees of an old top-mast, planted in front of an old doorway. Why, unite with me in my particular Presbyterian form of worship.",
    characters: 328,
    bytes: 328,
    words: 57,
    totalNll: 113.9307,
    bitsPerCharacter: 0.5011196826,
    bitsPerByte: 0.5011196826,
    wordPerplexity: 7.380078021,
  },
  {
    text: 'what a pregnant lesson to us is this prophet! naïve café ☕',
    characters: 58,
    bytes: 62,
    words: 12,
    totalNll: 97.5901,
    bitsPerCharacter: 2.427461264,
    bitsPerByte: 2.27085086,
    wordPerplexity: 3403.325543,
  },
];

describe('the loss of a text in its units', () => {
  it.each(CASES)('equals the formulas: $text', ({ text, totalNll, ...expected }) => {
    const units = measureFeature.of(textApp)?.({ text, endsDocument: true }, domain) ?? {};
    expect(units).toEqual({
      character: expected.characters,
      byte: expected.bytes,
      word: expected.words,
    });
    const scores = unitScores(totalNll, units).map(({ kind, unit, value }) => [kind, unit, value]);
    expect(scores).toEqual([
      ['bits', 'character', expect.closeTo(expected.bitsPerCharacter, 6)],
      ['bits', 'byte', expect.closeTo(expected.bitsPerByte, 6)],
      ['perplexity', 'word', expect.closeTo(expected.wordPerplexity, 6)],
    ]);
  });
});

function file(name: string, content: string | Uint8Array): DataFile {
  return {
    name,
    chunks: async function* () {
      yield await Promise.resolve(Buffer.from(content));
    },
  };
}

async function read(...files: DataFile[]): Promise<TextExample[]> {
  const examples: TextExample[] = [];
  for await (const example of readExamples(files)) examples.push(example);
  return examples;
}

describe('readExamples', () => {
  it('reads plain files as documents and lines of JSON too', async () => {
    const files = [file('a.txt', 'one\r\n'), file('b.jsonl', '{"text":"two"}\n{"text":"three"}\n')];
    expect(await read(...files)).toEqual([
      { text: 'one\r\n', endsDocument: true, origin: { name: 'a.txt', linesBefore: 0 } },
      { text: 'two', endsDocument: true, origin: { name: 'b.jsonl' } },
      { text: 'three', endsDocument: true, origin: { name: 'b.jsonl' } },
    ]);
  });

  it('reads a long document in parts', async () => {
    const text = 'All work and no play makes Jack a dull boy.\n'.repeat(50_000);
    const parts = await read(file('long.txt', text));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map((part) => part.text).join('')).toBe(text);
    const lines = parts[0].text.split('\n').length - 1;
    expect(parts[1].origin).toEqual({ name: 'long.txt', linesBefore: lines });
    expect(parts.map(({ endsDocument }) => endsDocument)).toEqual(
      parts.map((_, i) => i === parts.length - 1),
    );
  });

  it.each([
    ['empty.txt', '', 'empty.txt: expected text, got none'],
    ['empty.jsonl', '\n', 'empty.jsonl: expected text, got none'],
    [
      'photo.txt',
      Uint8Array.of(0xff, 0xd8),
      'photo.txt: expected UTF-8 text, got byte 0xff at offset 0; iconv converts text of another encoding',
    ],
    ['binary.txt', 'MThd\0', 'binary.txt: expected UTF-8 text, got a NUL byte at offset 4'],
    ['a.jsonl', '{"txt":1}', 'a.jsonl line 1: expected JSON like {"text": "…"}, got {"txt":1}'],
  ])('names %s and its fault', async (name, content, message) => {
    await expect(read(file('good.txt', 'good'), file(name, content))).rejects.toHaveProperty(
      'message',
      message,
    );
  });
});

const split = (text: string): object | undefined => splitLastWord({ text, endsDocument: true });

describe('splitLastWord', () => {
  it.each([
    ['Call me Ishmael', 'Call me', ' Ishmael'],
    ['Call me Ishmael. \r\n', 'Call me', ' Ishmael.'],
    ['Call me\nIshmael', 'Call me', '\nIshmael'],
    ['Call me  Ishmael', 'Call me ', ' Ishmael'],
    [' naïve 🐋', ' naïve', ' 🐋'],
  ])('keeps the white space before the word: %j', (text, prompt, output) => {
    expect(split(text)).toEqual({ prompt, output });
  });

  it('has no last word for a part that others follow', () => {
    expect(splitLastWord({ text: 'Call me Ish', endsDocument: false })).toBeUndefined();
  });

  it.each(['Ishmael', ' Ishmael ', '', ' '])('needs two words: %j', (text) => {
    expect(() => split(text)).toThrow(
      new RangeError(`text: expected at least two words, got ${JSON.stringify(text.trimEnd())}`),
    );
  });
});
