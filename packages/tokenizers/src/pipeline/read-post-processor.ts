import type { JsonField } from '../json-field.js';
import { readByType, readSteps } from './read-steps.js';

/** Ids that a tokenizer adds to a text: some at its beginning, such as `<s>`, and some at its end. */
export interface TextFrame {
  readonly beginning: readonly number[];
  readonly ending: readonly number[];
}

/**
 * Reads the `post_processor` of a tokenizer.json as the ids that it adds around a single text.
 *
 * @param idOf - Returns the id of a token; `undefined` if it is not in the vocabulary.
 * @param vocabSize - Number of ids.
 * @throws RangeError that names the field, if a step is unknown.
 */
export function readPostProcessor(
  field: JsonField,
  idOf: (token: string) => number | undefined,
  vocabSize: number,
): TextFrame {
  const readPair = (step: JsonField): TextFrame => ({
    beginning: [idOfPair(step.field('cls'), idOf)],
    ending: [idOfPair(step.field('sep'), idOf)],
  });
  const readers = {
    ByteLevel: () => ({ beginning: [], ending: [] }), // changes only offsets
    TemplateProcessing: (step: JsonField) => readTemplate(step, idOf, vocabSize),
    ...{ BertProcessing: readPair, RobertaProcessing: readPair },
  };
  const frames = readSteps(field, 'processors').map((step) => readByType<TextFrame>(step, readers));
  const beginning = [...frames].reverse().flatMap((frame) => frame.beginning); // the last is outermost
  const ending = frames.flatMap((frame) => frame.ending);
  if (beginning.length + ending.length > MAX_TOKENS) {
    throw field.error(`at most ${MAX_TOKENS} tokens around a text`);
  }
  return { beginning, ending };
}

function readTemplate(
  field: JsonField,
  idOf: (token: string) => number | undefined,
  vocabSize: number,
): TextFrame {
  const beginning: number[] = [];
  const ending: number[] = [];
  let side: number[] = beginning;
  const single = field.field('single');
  for (const piece of single.items(MAX_PIECES, 'pieces')) {
    const special = piece.field('SpecialToken');
    if (special.value === undefined) {
      piece.field('Sequence').field('id').oneOf('A');
      if (side === ending) throw single.error('a template with one Sequence');
      side = ending;
    } else {
      const name = special.field('id');
      if (idOf(name.string()) === undefined) throw name.error('a token of the vocabulary');
      const ids = field.field('special_tokens').field(name.string()).field('ids');
      for (const id of ids.items(MAX_PIECES, 'ids')) side.push(id.index(vocabSize));
    }
  }
  if (side === beginning) throw single.error('a template with one Sequence');
  return { beginning, ending };
}

/** Maximum number of ids that a post-processor adds to a text. Published files have a handful. */
const MAX_TOKENS = 256;
/** Maximum number of pieces of a template, and of ids of a piece. */
const MAX_PIECES = MAX_TOKENS;

/** Returns the vocabulary's id of the token in a pair such as `["</s>", 2]`; the id in the pair is not read. */
function idOfPair(field: JsonField, idOf: (token: string) => number | undefined): number {
  const [name] = field.items();
  const id = (name as JsonField | undefined) && idOf(name.string());
  if (id === undefined) throw field.error('a token of the vocabulary and its id');
  return id;
}

/**
 * Accepts a tokenizer.json's `post_processor` that adds no token to a text: none, `ByteLevel`, or a
 * `TemplateProcessing` of the text alone, as transformers 5 saves it.
 *
 * @throws RangeError that names the field, if it adds tokens or is unknown.
 */
export function checkPostProcessor(after: JsonField): void {
  if (after.value === undefined || after.value === null) return;
  const type = after.field('type').oneOf('ByteLevel', 'TemplateProcessing');
  if (type === 'ByteLevel') return;
  const single = after.field('single');
  const [piece, ...others] = single.items();
  const isText =
    others.length === 0 && (piece as JsonField | undefined)?.field('Sequence').value !== undefined;
  if (!isText) throw single.error('[{"Sequence":…}], which adds no token');
  piece.field('Sequence').field('id').oneOf('A');
}

/**
 * Name of the file with a tokenizer's `PipelineSettings`, which a run stores in addition to an imported
 * tokenizer.json.
 */
export const settingsFile = 'tokenizer-settings.json';

/** Name of Hugging Face's file with settings that tokenizer.json lacks. */
export const configFile = 'tokenizer_config.json';
