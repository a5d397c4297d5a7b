import { type AddedToken, addedTokenFinder, plainSpecialToken } from '../added-tokens.js';
import { readSpelledBytes, spellBytes, wordCache } from '../byte-pair-encoder.js';
import { describeBytes, detach } from '../utf8.js';
import { BYTES_OF_CHARACTER, IdBuffer } from '../assemble-tokenizer.js';
import {
  addSpecialTokens,
  atId,
  spelledName,
  type StreamDecoder,
  type Tokenizer,
} from '../tokenizer.js';
import { withinBudget, WorkBudget } from '../work-budget.js';
import { decodesBytes, fallbackByte } from './read-decoder.js';
import { type Pipeline } from './read-pipeline.js';

/** Settings of a tokenizer that a run stores in addition to its tokenizer.json. */
export interface PipelineSettings {
  /** Number of ids of the model; ids without a token are `<|unused-N|>`. */
  readonly vocabSize: number;
  /** Name of the token that ends a document. */
  readonly endOfText: string;
  /** Names of special tokens that the run adds; their ids follow all others. */
  readonly specialTokens: readonly string[];
}

const encoder = new TextEncoder();

/** Functions that return a tokenizer as the texts of files: in ramble's form, and for transformers. */
export type WritePipeline = Pick<Tokenizer, 'save' | 'toHuggingFace'>;

/**
 * Makes a tokenizer from a tokenizer.json's pipeline: normalizer, pre-tokenizer, model, post-processor,
 * decoder.
 *
 * @param write - Returns the functions that write the tokenizer with given settings.
 */
export function pipelineTokenizer(
  pipeline: Pipeline,
  settings: PipelineSettings,
  write: (settings: PipelineSettings) => WritePipeline,
): Tokenizer {
  const { decoding } = pipeline;
  const { tokens, added, specialTokens, endOfText } = tokenTable(pipeline, settings);
  const names = new Map([...specialTokens].map(([name, id]) => [id, name]));
  const contents = new Map(added.map(({ id, content }) => [id, content]));

  function streamDecoder({ continues = false } = {}): StreamDecoder {
    const steps = decoding.map((make) => make(continues));
    const through = (said: readonly string[], from: number): readonly string[] =>
      steps.slice(from).reduce((each, step) => each.flatMap((token) => step.push(token)), said);
    return {
      ...(decodesBytes(decoding) && { reach: BYTES_OF_CHARACTER - 1 }),
      push: (id) => through([atId(tokens, id)], 0).join(''),
      end: () => steps.map((step, at) => through(step.end(), at + 1).join('')).join(''),
    };
  }
  const decoded = (id: number): readonly [string, string] => {
    const decoder = streamDecoder({ continues: true });
    return [decoder.push(id), decoder.end()];
  };
  const spelledBytes = (id: number): Uint8Array | undefined =>
    readBytes(pipeline, atId(tokens, id), contents.has(id));

  return {
    kind: 'pipeline',
    vocabSize: tokens.length,
    endOfText,
    specialTokens,
    beginning: pipeline.frame.beginning,
    ending: pipeline.frame.ending,
    encode: pipelineEncoder(pipeline, added),
    decode(ids, options) {
      const decoder = streamDecoder(options);
      return Array.from(ids, (id) => decoder.push(id)).join('') + decoder.end();
    },
    describe: (id) =>
      names.get(id) ?? describeBytes(spelledBytes(id) ?? encoder.encode(decoded(id).join(''))),
    bytes(id) {
      if (names.has(id)) return undefined;
      const spelled = spelledBytes(id);
      if (spelled) return spelled;
      const [text, rest] = decoded(id);
      return rest === '' ? encoder.encode(text) : undefined; // else the next token changes it
    },
    streamDecoder,
    withSpecialTokens(more) {
      const all = addSpecialTokens(specialTokens, more, tokens.length);
      const news = [...all.keys()].filter((name) => !specialTokens.has(name));
      const spelled = news.find((name) => tokens.includes(name));
      if (spelled !== undefined) throw spelledName(spelled);
      const grown = { ...settings, specialTokens: [...settings.specialTokens, ...news] };
      return pipelineTokenizer(pipeline, grown, write);
    },
    ...write(settings),
  };
}

/** Returns the bytes that a token spells, if it spells bytes. */
function readBytes(
  { hasByteFallback, preTokenizer }: Pipeline,
  token: string,
  isAdded: boolean,
): Uint8Array | undefined {
  const byte = hasByteFallback ? fallbackByte(token) : undefined;
  if (byte !== undefined) return Uint8Array.of(byte);
  return preTokenizer.isByteLevel && !isAdded ? readSpelledBytes(token) : undefined;
}

/** Makes the function that encodes text: added tokens first, then the pipeline between them. */
function pipelineEncoder(pipeline: Pipeline, added: readonly AddedToken[]): Tokenizer['encode'] {
  const { normalize, preTokenizer, cutWord } = pipeline;
  const findRaw = addedTokenFinder(added.filter(({ isNormalized }) => !isNormalized));
  const ofContents = new WorkBudget(added.reduce((sum, { content }) => sum + content.length, 0));
  const findNormalized = addedTokenFinder(
    added
      .filter(({ isNormalized }) => isNormalized)
      .map((token) => ({
        ...token,
        content: withinBudget(pipeline.name, () =>
          normalize(token.content, { continues: true, budget: ofContents }),
        ),
        isNormalized: false,
      })),
  );
  const idsOfWord = wordCache((word, budget: WorkBudget) => {
    const spelled = preTokenizer.isByteLevel ? spellBytes(encoder.encode(word)) : word;
    return pipeline.encodeWord(spelled, budget);
  });
  return (text, { allowSpecial = false, continues = false } = {}) => {
    const ids = new IdBuffer(text.length >> 2);
    const whole = /\p{Surrogate}/u.test(text) ? detach(text) : text;
    const budget = new WorkBudget(whole.length, pipeline.searchSteps);
    for (const part of partsOf(whole, findRaw(whole, allowSpecial, budget))) {
      if (typeof part.content === 'number') {
        ids.push(part.content);
        continue;
      }
      const isFirst = part.from === 0;
      const normalized = normalize(part.content, { continues: continues && isFirst, budget });
      for (const inner of partsOf(normalized, findNormalized(normalized, allowSpecial, budget))) {
        if (typeof inner.content === 'number') {
          ids.push(inner.content);
          continue;
        }
        const place = { isFirst: isFirst && inner.from === 0, continues, budget };
        for (const word of preTokenizer.cut(inner.content, place).flatMap(cutWord)) {
          const found = idsOfWord(word, budget);
          for (let index = 0; index < found.length; index++) ids.push(found[index]);
        }
      }
    }
    return ids.toArray();
  };
}

interface Part {
  readonly from: number;
  /** Text, or the id of an added token. */
  readonly content: string | number;
}

/** Splits a text at the added tokens that were found in it. */
function* partsOf(
  text: string,
  found: readonly { readonly id: number; readonly from: number; readonly to: number }[],
): Generator<Part> {
  let from = 0;
  for (const match of found) {
    if (match.from > from) yield { from, content: text.slice(from, match.from) };
    yield { from: match.from, content: match.id };
    from = match.to;
  }
  if (from < text.length) yield { from, content: text.slice(from) };
}

/** Maximum number of ids without a token. Published models have a few hundred. */
const MAX_UNUSED = 2 ** 16;

/** Returns the tokens of all ids: the file's tokens, placeholders for unused ids, and the run's special tokens. */
function tokenTable(
  pipeline: Pipeline,
  { vocabSize, endOfText, specialTokens }: PipelineSettings,
): {
  readonly tokens: readonly string[];
  readonly added: readonly AddedToken[];
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly endOfText: number;
} {
  const tokens = Array.from(pipeline.tokens);
  const named = tokens.reduce<number>((sum, token) => sum + Number(token !== undefined), 0);
  if (vocabSize - named > MAX_UNUSED) {
    throw new RangeError(
      `${pipeline.name}: expected tokens for all but ${MAX_UNUSED} of ${vocabSize} ids, got ${named}`,
    );
  }
  const added = [...pipeline.addedTokens];
  const add = (id: number, name: string): void => {
    tokens[id] = name;
    added.push(plainSpecialToken(name, id));
  };
  for (let id = 0; id < vocabSize; id++) {
    if (tokens[id] === undefined) add(id, `<|unused-${id}|>`);
  }
  for (const name of specialTokens) add(tokens.length, name);
  const end = tokens.indexOf(endOfText);
  if (end === -1) {
    throw new RangeError(
      `endOfText: expected a token of ${pipeline.name}, got ${JSON.stringify(endOfText)}`,
    );
  }
  if (!added.some(({ id }) => id === end)) add(end, endOfText);
  return {
    tokens: tokens as string[], // -- every id up to the last has one now
    added,
    specialTokens: new Map(
      added
        .filter(({ isSpecial, id }) => isSpecial || id === end)
        .map(({ content, id }) => [content, id]),
    ),
    endOfText: end,
  };
}
