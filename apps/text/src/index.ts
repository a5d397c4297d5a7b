import {
  conversationsFeature,
  firstCharactersFeature,
  huggingFaceFeature,
  lastWordFeature,
  measureFeature,
} from '@ramble/command-line/features';
import type { App, DataFile } from '@ramble/core';
import { fileLines, parseJson } from '@ramble/core/files';
import { readText, TEXT_FIELDS } from '@ramble/datasets';
import { countUnits, type TextExample, textHuggingFace, type TextOptions } from '@ramble/language';

import { answersOf, conversationDomain, type TrainingConversation } from '@ramble/language/chat';

import { textInference } from './inference.js';
import { textDeclaration } from './declaration.js';

/**
 * Yields the text of files in pieces of about a megabyte, at constant memory. A plain file is one document; each line
 * of a `.jsonl` file is a document.
 *
 * @throws Error that names a file that is not UTF-8 text or is empty.
 */
export async function* readExamples(files: readonly DataFile[]): AsyncGenerator<TextExample> {
  for (const file of files) {
    let isEmpty = true;
    let linesBefore = 0;
    let continues = false;
    // Only in a plain file, lines of the file are lines of the text.
    const isPlain = file.unit === undefined && !/\.(jsonl|tsv)(\.|$)/i.test(file.name);
    for await (const piece of readText(file)) {
      isEmpty = false;
      const origin = { name: file.name, ...(isPlain && { linesBefore }) };
      yield { ...piece, ...(continues && { continues }), origin };
      continues = !piece.endsDocument;
      linesBefore += piece.text.split('\n').length - 1;
    }
    if (isEmpty) throw new Error(`${file.name}: expected text, got none`);
  }
}

/**
 * Yields the conversations of files, one for each line of JSON.
 *
 * @throws Error that names a file without conversations.
 */
async function* readConversations(
  files: readonly DataFile[],
): AsyncGenerator<TrainingConversation> {
  for (const file of files) {
    let number = 0;
    let isEmpty = true;
    for await (const line of fileLines(file)) {
      number++;
      if (line.trim() === '') continue;
      isEmpty = false;
      const origin = `${file.name} ${file.unit ?? 'line'} ${number}`;
      yield { ...(parseJson(line) as TrainingConversation), origin }; // written by datasets
    }
    if (isEmpty) throw new Error(`${file.name}: no conversation is in the file`);
  }
}

/**
 * Splits a text into its beginning and its last word with the white space before it: the task of LAMBADA. White
 * space at the end of the text does not count.
 *
 * @returns `undefined` for a part of a document that other parts follow.
 * @throws RangeError when the text has fewer than two words.
 * @see Paperno et al. 2016, https://arxiv.org/abs/1606.06031
 */
export function splitLastWord({
  text,
  endsDocument,
}: TextExample): { readonly prompt: string; readonly output: string } | undefined {
  if (!endsDocument) return undefined;
  const trimmed = text.trimEnd();
  const at = trimmed.search(/\s\S+$/);
  const prompt = trimmed.slice(0, Math.max(0, at));
  if (prompt.trim() === '') {
    throw new RangeError(`text: expected at least two words, got ${JSON.stringify(trimmed)}`);
  }
  return { prompt, output: trimmed.slice(at) };
}

/** Yields the first characters of a text, counted in code points as by `countUnits`; a shorter text is unchanged. */
export async function* firstCharacters(
  examples: AsyncIterable<TextExample>,
  count: number,
): AsyncGenerator<TextExample> {
  let left = count;
  for await (const example of examples) {
    const characters = Array.from(example.text);
    if (characters.length > left) {
      yield { ...example, text: characters.slice(0, left).join(''), endsDocument: false };
      return;
    }
    yield example;
    left -= characters.length;
    if (left === 0) return;
  }
}

/** Language models: learns from text and continues it. */
export const textApp: App<TextExample, string, string, TextOptions> = {
  ...textInference,
  options: textDeclaration.options,
  data: {
    extensions: ['.txt', '.jsonl'],
    fields: { ...TEXT_FIELDS, conversations: true },
    readExamples,
  },
  presets: textDeclaration.presets,
  features: {
    ...textDeclaration.features,
    ...textInference.features,
    ...conversationsFeature.with({ readExamples: readConversations, domain: conversationDomain }),
    ...measureFeature.with((example: TextExample | TrainingConversation) => ({
      ...countUnits('text' in example ? example.text : answersOf(example)),
    })),
    ...lastWordFeature.with(splitLastWord),
    ...firstCharactersFeature.with(firstCharacters),
    ...huggingFaceFeature.with(textHuggingFace),
  },
};

export { textApp as default };
