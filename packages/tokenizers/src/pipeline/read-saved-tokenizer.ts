import { tokenizerFile } from '../assemble-tokenizer.js';
import { JsonField } from '../json-field.js';
import { MAX_VOCAB_SIZE } from '../max-vocab-size.js';
import { isSpecialName } from '../special-tokens.js';
import { type Tokenizer } from '../tokenizer.js';
import { configFile, settingsFile } from './pipeline-files.js';
import { readTokenizerFile } from './read-tokenizer.js';

/**
 * Makes the tokenizer of a pipeline that `save` wrote.
 *
 * @param file - The tokenizer.json.
 * @param files - It, the settings of the run, and perhaps a tokenizer_config.json.
 * @throws RangeError that names the file and the field.
 */
export function readSavedTokenizer(
  file: JsonField,
  files: Readonly<Record<string, string>>,
): Tokenizer {
  const settings = JsonField.parse(settingsFile, files[settingsFile]);
  const names = settings.field('specialTokens').items();
  return readTokenizerFile(file, {
    text: files[tokenizerFile],
    config: Object.hasOwn(files, configFile) ? files[configFile] : undefined,
    vocabSize: settings.field('vocabSize').index(MAX_VOCAB_SIZE + 1),
    endOfText: settings.field('endOfText').string(),
    specialTokens: names.map((field, at) => {
      const name = field.string();
      const isNew = names.findIndex(({ value }) => value === name) === at;
      if (!isNew || !isSpecialName(name)) throw field.error('a name that no other token has');
      return name;
    }),
  });
}
