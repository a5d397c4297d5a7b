import { type AddedToken } from '../added-tokens.js';
import { type JsonField } from '../json-field.js';
import { type CutWord } from './blank-cutter.js';
import { checkAddedTokens } from '../read-added-tokens.js';
import { WorkBudget, withinBudget } from '../work-budget.js';
import { readDecoder, type MakeDecodingStep } from './read-decoder.js';
import { readModel } from './read-model.js';
import { type Normalize, readNormalizer } from './read-normalizer.js';
import { readPostProcessor, type TextFrame } from './read-post-processor.js';
import { type PreTokenizer, readPreTokenizer } from './read-pre-tokenizer.js';
import { readTokenTable } from './read-token-table.js';
import { type EncodeWord } from './word-encoder.js';

/** The steps of a tokenizer.json, ready to run. */
export interface Pipeline {
  /** Name of the file, for errors. */
  readonly name: string;
  readonly tokens: readonly (string | undefined)[];
  readonly addedTokens: readonly AddedToken[];
  readonly normalize: Normalize;
  readonly preTokenizer: PreTokenizer;
  readonly encodeWord: EncodeWord;
  /** Maximum number of steps of its budget that `encodeWord` spends for a character; 0 unless given. */
  readonly searchSteps?: number;
  readonly cutWord: CutWord;
  readonly hasByteFallback: boolean;
  readonly frame: TextFrame;
  readonly decoding: readonly MakeDecodingStep[];
}

/**
 * Reads a tokenizer.json of any kind that Hugging Face's tokenizers writes. Truncation and padding
 * concern batches and not the ids of a text: they are not read.
 *
 * @throws RangeError that names the field, for a step that is unknown or broken.
 */
export function readPipeline(file: JsonField): Pipeline {
  const list = file.field('added_tokens');
  checkAddedTokens(list);
  const special = list.value === undefined ? [] : list.items();
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

/** A text in which steps find what they look for: their own settings, and all of ASCII. */
function sampleOf(file: JsonField): string {
  const settings = ['normalizer', 'pre_tokenizer'].map((name) => file.field(name).value);
  const ascii = Array.from({ length: 128 }, (_, unit) => String.fromCharCode(unit)).join('');
  return ascii + settings.map((each) => JSON.stringify(each ?? null).slice(0, 4000)).join('');
}

const wholeWord: CutWord = (word) => [word];
