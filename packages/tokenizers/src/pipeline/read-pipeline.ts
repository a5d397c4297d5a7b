import { type AddedToken, addedFields, readAddedTokens } from '../added-tokens.js';
import type { JsonField } from '../json-field.js';
import { MAX_VOCAB_SIZE } from '../tokenizer.js';
import { withinBudget, WorkBudget } from '../work-budget.js';
import { type MakeDecodingStep, readDecoder } from './read-decoder.js';
import { readModel } from './read-model.js';
import { type Normalize, readNormalizer } from './read-normalizer.js';
import { readPostProcessor, type TextFrame } from './read-post-processor.js';
import { type PreTokenizer, readPreTokenizer } from './read-pre-tokenizer.js';
import type { CutWord, EncodeWord } from './words.js';

/** The steps of a tokenizer.json, ready to run. */
export interface Pipeline {
  /** Name of the file, for errors. */
  readonly name: string;
  readonly tokens: readonly (string | undefined)[];
  readonly addedTokens: readonly AddedToken[];
  readonly normalize: Normalize;
  readonly preTokenizer: PreTokenizer;
  readonly encodeWord: EncodeWord;
  /** Maximum number of `WorkBudget` steps that `encodeWord` spends per character; default 0. */
  readonly searchSteps?: number;
  readonly cutWord: CutWord;
  readonly hasByteFallback: boolean;
  readonly frame: TextFrame;
  readonly decoding: readonly MakeDecodingStep[];
}

/**
 * Reads a tokenizer.json of any kind that Hugging Face's tokenizers writes. Truncation and padding are
 * ignored, because they concern batches and not the ids of a text.
 *
 * @throws RangeError that names the field, if a step is unknown or malformed.
 */
export function readPipeline(file: JsonField): Pipeline {
  const list = file.field('added_tokens');
  const special = list.value === undefined ? [] : addedFields(list);
  const hidden = special
    .filter((field) => field.field('special').value === true)
    .map((field) => field.field('content').string());
  const model = file.field('model');
  const { vocab, encodeWord, cutWord = wholeWord, searchSteps } = readModel(model, new Set(hidden));
  const { tokens, addedTokens } = readTokenTable(list, model, vocab);
  const idOfAdded = new Map(addedTokens.map(({ content, id }) => [content, id]));
  const normalize = readNormalizer(file.field('normalizer'));
  const preTokenizer = readPreTokenizer(file.field('pre_tokenizer'));
  withinBudget(file.name, () => {
    const sample = sampleOf(file);
    const budget = new WorkBudget(sample.length);
    const text = normalize(sample, { continues: false, budget });
    preTokenizer.cut(text, { isFirst: true, continues: false, budget });
  });
  return {
    name: file.name,
    tokens,
    addedTokens,
    encodeWord,
    searchSteps,
    cutWord,
    normalize,
    preTokenizer,
    hasByteFallback: model.field('byte_fallback').value === true,
    frame: readPostProcessor(
      file.field('post_processor'),
      (token) => idOfAdded.get(token) ?? vocab.get(token),
      tokens.length,
    ),
    decoding: readDecoder(file.field('decoder')),
  };
}

/** Returns a text to test the pipeline with: the settings of its steps, and all of ASCII. */
function sampleOf(file: JsonField): string {
  const settings = ['normalizer', 'pre_tokenizer'].map((name) => file.field(name).value);
  const ascii = Array.from({ length: 128 }, (_, unit) => String.fromCharCode(unit)).join('');
  return ascii + settings.map((each) => JSON.stringify(each ?? null).slice(0, 4000)).join('');
}

const wholeWord: CutWord = (word) => [word];

/** The tokens of a tokenizer.json by id; an id may have none. */
interface TokenTable {
  readonly tokens: readonly (string | undefined)[];
  readonly addedTokens: readonly AddedToken[];
}

/**
 * Sorts the tokens of a model and the added tokens by their ids.
 *
 * @param list - Field `added_tokens` of the tokenizer.json.
 * @throws RangeError that names the field, if two tokens have one id or one token has two.
 */
function readTokenTable(
  list: JsonField,
  model: JsonField,
  vocab: ReadonlyMap<string, number>,
): TokenTable {
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of vocab) {
    if (tokens[id] !== undefined) {
      throw model.field('vocab').field(token).error('an id that no other token has');
    }
    tokens[id] = token;
  }
  const entries = list.value === undefined ? [] : readAddedTokens(list).values();
  const addedTokens = Array.from(entries, ({ field, ...token }): AddedToken => {
    const id = field.field('id').index(MAX_VOCAB_SIZE);
    const inModel = vocab.get(token.content);
    const isFree = inModel === undefined ? tokens[id] === undefined : inModel === id;
    if (!isFree) throw field.field('id').error('an id that no other token has');
    tokens[id] = token.content;
    return { ...token, id };
  });
  // The array is dense, because sparse ones are slow and `map` skips their holes.
  return { tokens: Array.from(tokens), addedTokens };
}
