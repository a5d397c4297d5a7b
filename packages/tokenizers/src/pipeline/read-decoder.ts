import { readSpelledBytes } from '../byte-pair-encoder.js';
import { type JsonField } from '../json-field.js';
import { WorkBudget } from '../work-budget.js';
import { MAX_ADDITION } from './read-normalizer.js';
import { readPattern, replaceMatches } from './read-pattern.js';
import { readPrependScheme } from './read-pre-tokenizer.js';
import { readByType, readSteps } from './read-steps.js';

/**
 * A step of decoding: takes the tokens of an output one by one and returns the texts that no later token
 * changes.
 */
interface DecodingStep {
  push(token: string): readonly string[];
  end(): readonly string[];
}

/** Makes a decoding step for one output. With `continues`, the output continues a text. */
export type MakeDecodingStep = (continues: boolean) => DecodingStep;

/**
 * Reads the `decoder` of a tokenizer.json as steps that work token by token: their texts, joined, equal the
 * text that Hugging Face's tokenizers decode from all tokens at once.
 *
 * @throws RangeError that names the field, if the decoder is unknown or needs all tokens at once.
 */
export function readDecoder(field: JsonField): readonly MakeDecodingStep[] {
  if (field.value === null || field.value === undefined) return [spaced];
  const steps = readSteps(field, 'decoders');
  const growth = steps.reduce((product, step) => product * growthOf(step), 1);
  if (growth > MAX_GROWTH) {
    throw field.error(`steps that make a token at most ${MAX_GROWTH} times as long`);
  }
  return steps.map((step, at) => {
    const isFused = steps.slice(0, at).some((before) => FUSING.has(before.field('type').value));
    return readStep(step, isFused);
  });
}

/** Maximum factor by which decoding may lengthen a token. In published files, it is 1. */
const MAX_GROWTH = 16;

/** Returns the maximum factor by which a step can lengthen a token. */
function growthOf(step: JsonField): number {
  const text = (name: string): string | undefined => {
    const { value } = step.field(name);
    return typeof value === 'string' ? value : undefined;
  };
  if (step.field('type').value !== 'Replace') {
    return text('replacement') === '' || text('suffix') === '' ? 2 : 1; // a blank at every character
  }
  const content = text('content') ?? '';
  const { value: found } = step.field('pattern').field('String');
  const least = typeof found === 'string' ? found.length : 1;
  return Math.max(1, content.length / Math.max(1, least)) + (typeof found === 'string' ? 0 : 1);
}

/** Names of decoders that join all tokens to one text, which the steps after them receive. */
const FUSING: ReadonlySet<unknown> = new Set(['Fuse', 'ByteLevel']);

function readStep(step: JsonField, isFused: boolean): MakeDecodingStep {
  return readByType(step, {
    ByteLevel: () => byteLevel,
    ByteFallback: () => byteFallback,
    Fuse: () => () => each((token) => token),
    Replace: (field) => readReplace(field, isFused),
    Strip: (field) => readStrip(field, isFused),
    Metaspace: readMetaspace,
    WordPiece: readWordPiece,
    BPEDecoder: (field) => endOfWord(field.field('suffix').string()),
  });
}

function readReplace(field: JsonField, isFused: boolean): MakeDecodingStep {
  const find = readPattern(field.field('pattern'));
  const content = field.field('content').string(MAX_ADDITION);
  const text: unknown = field.field('pattern').field('String').value;
  if (isFused && !(typeof text === 'string' && Array.from(text).length === 1)) {
    throw field.field('pattern').error('a String of one character after Fuse');
  }
  return () => each((token) => replaceMatches(token, find, content, new WorkBudget(token.length)));
}

/** Makes a step that changes each token separately. */
function each(change: (token: string, isFirst: boolean) => string): DecodingStep {
  let isFirst = true;
  return {
    push: (token) => {
      const changed = change(token, isFirst);
      isFirst = false;
      return [changed];
    },
    end: () => [],
  };
}

/** Decodes without a decoder: joins the tokens with blanks. */
const spaced: MakeDecodingStep = (continues) =>
  each((token, isFirst) => (isFirst && !continues ? token : ` ${token}`));

/** Decodes tokens that are spelled in GPT-2's byte alphabet. A token with other characters is decoded as itself. */
const byteLevel: MakeDecodingStep = () => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const encoder = new TextEncoder();
  return {
    push: (token) => [
      decoder.decode(readSpelledBytes(token) ?? encoder.encode(token), { stream: true }),
    ],
    end: () => [decoder.decode()],
  };
};

/** Whether the steps only decode bytes, so that a token's text depends on only a few tokens before it. */
export function decodesBytes(steps: readonly MakeDecodingStep[]): boolean {
  return steps.every((step) => step === byteLevel);
}

/** Returns the byte of a `byte_fallback` token such as `<0x0A>`; `undefined` for other tokens. */
export function fallbackByte(token: string): number | undefined {
  return /^<0x[0-9A-Fa-f]{2}>$/.test(token) ? Number.parseInt(token.slice(3, 5), 16) : undefined;
}

/** Decodes consecutive byte tokens as UTF-8, once another token follows; invalid bytes become U+FFFD each. */
const byteFallback: MakeDecodingStep = () => {
  let run: number[] = [];
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
  const endRun = (): string[] => {
    if (run.length === 0) return [];
    const bytes = Uint8Array.from(run);
    run = [];
    try {
      return [decoder.decode(bytes)];
    } catch {
      return ['\ufffd'.repeat(bytes.length)];
    }
  };
  return {
    push: (token) => {
      const byte = fallbackByte(token);
      if (byte === undefined) return [...endRun(), token];
      run.push(byte);
      return [];
    },
    end: endRun,
  };
};

function readStrip(field: JsonField, isFused: boolean): MakeDecodingStep {
  const content = field.field('content').string();
  const start = field.field('start').index(MAX_STRIPPED);
  field.field('stop').oneOf(0);
  const count = (token: string, most: number): number => {
    let found = 0;
    while (found < most && token.startsWith(content, found * content.length)) found++;
    return found;
  };
  if (content === '') throw field.field('content').error('a character');
  if (!isFused) {
    return () => each((token) => token.slice(count(token, start) * content.length));
  }
  return (continues) => {
    let left = continues ? 0 : start;
    return each((token) => {
      if (left === 0 || token === '') return token;
      const found = count(token, left);
      const rest = token.slice(found * content.length);
      left = rest === '' ? left - found : 0;
      return rest;
    });
  };
}

const MAX_STRIPPED = 1000;

function readMetaspace(field: JsonField): MakeDecodingStep {
  const blank = field.field('replacement').string();
  const isStripped = readPrependScheme(field) !== 'never';
  return (continues) =>
    each((token, isFirst) =>
      token.replaceAll(blank, isFirst && isStripped && !continues ? '' : ' '),
    );
}

function readWordPiece(field: JsonField): MakeDecodingStep {
  const prefix = field.field('prefix').string();
  const isTidied = field.flag('cleanup', true);
  return (continues) =>
    each((token, isFirst) => {
      let text = token;
      if (!isFirst || continues) {
        text = token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      }
      return isTidied ? tidy(text) : text;
    });
}

/** Removes the blanks before punctuation and contractions in English text. */
function tidy(text: string): string {
  return text
    .replace(/ ([.?!,])/g, '$1')
    .replaceAll(" ' ", "'")
    .replace(/ (n't|'m|'s|'ve|'re)/g, '$1')
    .replaceAll(' do not', " don't");
}

/** Replaces the end-of-word mark by a blank, or removes it at the end of the output. */
function endOfWord(mark: string): MakeDecodingStep {
  return () => {
    let last: string | undefined;
    return {
      push: (token) => {
        const settled = last === undefined ? [] : [last.replaceAll(mark, ' ')];
        last = token;
        return settled;
      },
      end: () => (last === undefined ? [] : [last.replaceAll(mark, '')]),
    };
  };
}
