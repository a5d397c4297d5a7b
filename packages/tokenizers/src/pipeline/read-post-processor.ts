import { type JsonField } from '../json-field.js';

/** Ids that a tokenizer puts around a text: where one begins, `<s>`, and where it ends. */
export interface TextFrame {
  readonly beginning: readonly number[];
  readonly ending: readonly number[];
}

/**
 * Reads the `post_processor` of a tokenizer.json as the ids that it puts around a single text.
 *
 * @param idOf - The id of a token, `undefined` if there is none.
 * @param vocabSize - Number of ids.
 * @throws RangeError that names the field, for one that is unknown.
 */
export function readPostProcessor(
  field: JsonField,
  idOf: (token: string) => number | undefined,
  vocabSize: number,
): TextFrame {
  if (field.value === null || field.value === undefined) return { beginning: [], ending: [] };
  switch (field.field('type').oneOf(...TYPES)) {
    case 'ByteLevel': // moves offsets alone
      return { beginning: [], ending: [] };
    case 'Sequence':
      return field
        .field('processors')
        .items()
        .map((each) => readPostProcessor(each, idOf, vocabSize))
        .reduce(
          (inner, outer) => ({
            beginning: [...outer.beginning, ...inner.beginning],
            ending: [...inner.ending, ...outer.ending],
          }),
          { beginning: [], ending: [] },
        );
    case 'TemplateProcessing':
      return readTemplate(field, idOf, vocabSize);
    case 'BertProcessing':
    case 'RobertaProcessing':
      return {
        beginning: [idOfPair(field.field('cls'), idOf)],
        ending: [idOfPair(field.field('sep'), idOf)],
      };
  }
}

const TYPES = [
  'ByteLevel',
  'Sequence',
  'TemplateProcessing',
  'BertProcessing',
  'RobertaProcessing',
] as const;

function readTemplate(
  field: JsonField,
  idOf: (token: string) => number | undefined,
  vocabSize: number,
): TextFrame {
  const beginning: number[] = [];
  const ending: number[] = [];
  let side: number[] = beginning;
  for (const piece of field.field('single').items()) {
    const special = piece.field('SpecialToken');
    if (special.value === undefined) {
      piece.field('Sequence').field('id').oneOf('A');
      if (side === ending) throw field.field('single').error('a template with one Sequence');
      side = ending;
    } else {
      const name = special.field('id');
      if (idOf(name.string()) === undefined) throw name.error('a token of the vocabulary');
      const ids = field.field('special_tokens').field(name.string()).field('ids');
      for (const id of ids.items()) side.push(id.index(vocabSize));
    }
  }
  if (side === beginning) throw field.field('single').error('a template with one Sequence');
  return { beginning, ending };
}

/** `["</s>", 2]`. */
function idOfPair(field: JsonField, idOf: (token: string) => number | undefined): number {
  const [name] = field.items();
  const id = (name as JsonField | undefined) && idOf(name.string());
  if (id === undefined) throw field.error('a token of the vocabulary and its id');
  return id;
}
