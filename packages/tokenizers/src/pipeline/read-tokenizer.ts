import { plainSpecialToken, readNames } from '../added-tokens.js';
import { tokenizerFile } from '../assemble-tokenizer.js';
import { JsonField } from '../json-field.js';
import { endOfTextToken, MAX_VOCAB_SIZE, type Tokenizer } from '../tokenizer.js';
import { addedTokenJson } from '../write-hugging-face.js';
import {
  type PipelineSettings,
  pipelineTokenizer,
  type WritePipeline,
} from './pipeline-tokenizer.js';
import { type Pipeline, readPipeline } from './read-pipeline.js';
import { configFile, settingsFile } from './read-post-processor.js';

/** Settings of a tokenizer that its tokenizer.json lacks. */
export interface TokenizerSettings extends Partial<PipelineSettings> {
  /** The unchanged text of the tokenizer.json; if absent, `save` writes the parsed object. */
  readonly text?: string;
  /** The unchanged text of its tokenizer_config.json. */
  readonly config?: string;
}

/**
 * Makes a tokenizer from the content of any tokenizer.json: byte pairs, unigrams or whole words, with any
 * normalizer, pre-tokenizer, post-processor and decoder of Hugging Face's tokenizers.
 *
 * @param json - A parsed tokenizer.json.
 * @returns a tokenizer that saves the unchanged file.
 * @throws RangeError that names the field that is unknown or malformed, or the size if the file has more ids
 *   than the model.
 */
export function readTokenizer(json: unknown, settings: TokenizerSettings = {}): Tokenizer {
  return readTokenizerFile(JsonField.of(tokenizerFile, json), settings);
}

/** Makes the tokenizer of a tokenizer.json; see {@link readTokenizer}. */
export function readTokenizerFile(file: JsonField, settings: TokenizerSettings): Tokenizer {
  const whole = readPipeline(file);
  const { vocabSize = whole.tokens.length, specialTokens = [], text, config } = settings;
  const pipeline = withoutRowless(whole, vocabSize);
  if (pipeline.tokens.length > vocabSize) {
    throw file
      .field('model')
      .error(
        `a vocabulary of ${vocabSize} tokens, the size of the model's, instead of ${pipeline.tokens.length}`,
      );
  }
  const endOfText = settings.endOfText ?? findEnd(pipeline) ?? readEnd(config);
  if (endOfText === undefined) {
    throw new RangeError(
      `${configFile}: expected eos_token, the token that ends a document, got nothing`,
    );
  }
  return pipelineTokenizer(
    pipeline,
    { vocabSize, endOfText, specialTokens },
    pipelineWriter(file.value, text, config),
  );
}

/**
 * Removes the last special tokens for which a model has no embedding, such as Gemma 3's `<image_soft_token>`
 * in text-only models.
 */
function withoutRowless(pipeline: Pipeline, vocabSize: number): Pipeline {
  const { tokens, addedTokens, frame } = pipeline;
  const rowless = new Set(
    addedTokens.filter(({ id, isSpecial }) => isSpecial && id >= vocabSize).map(({ id }) => id),
  );
  const isLeftOut =
    rowless.size > 0 &&
    tokens.every((token, id) => id < vocabSize || token === undefined || rowless.has(id)) &&
    [...frame.beginning, ...frame.ending].every((id) => !rowless.has(id));
  if (!isLeftOut) return pipeline;
  return {
    ...pipeline,
    tokens: tokens.slice(0, vocabSize),
    addedTokens: addedTokens.filter(({ id }) => !rowless.has(id)),
  };
}

/**
 * Returns the token that ends a document in well-known families of models; `undefined` in others. It takes precedence
 * over `eos_token`, which ends an answer in chat models.
 */
function findEnd({ addedTokens }: Pipeline): string | undefined {
  const names = new Set(
    addedTokens.filter(({ isSpecial }) => isSpecial).map(({ content }) => content),
  );
  return DOCUMENT_ENDS.find((name) => names.has(name));
}

const DOCUMENT_ENDS = [endOfTextToken, '<|end_of_text|>', '</s>', '<eos>'];

/** Reads `eos_token` of a tokenizer_config.json: a name, or an added token as an object. */
function readEnd(config: string | undefined): string | undefined {
  if (config === undefined) return undefined;
  const end = JsonField.parse(configFile, config).field('eos_token');
  if (end.value === undefined || end.value === null) return undefined;
  return typeof end.value === 'string' ? end.value : end.field('content').string();
}

/**
 * Loads a pipeline tokenizer that `save` wrote.
 *
 * @param file - The tokenizer.json.
 * @param files - The tokenizer.json, the settings of the run, and optionally a tokenizer_config.json.
 * @throws RangeError that names the file and the field.
 */
export function readSavedTokenizer(
  file: JsonField,
  files: Readonly<Record<string, string>>,
): Tokenizer {
  const settings = JsonField.parse(settingsFile, files[settingsFile]);
  return readTokenizerFile(file, {
    text: files[tokenizerFile],
    config: Object.hasOwn(files, configFile) ? files[configFile] : undefined,
    vocabSize: settings.field('vocabSize').index(MAX_VOCAB_SIZE + 1),
    endOfText: settings.field('endOfText').string(),
    specialTokens: readNames(settings.field('specialTokens')),
  });
}

/**
 * Returns a function that writes an unchanged tokenizer.json, its tokenizer_config.json, and the settings that a run
 * adds.
 *
 * @param json - The content of the tokenizer.json.
 * @param text - The text of the tokenizer.json, if it was read from text.
 */
function pipelineWriter(
  json: unknown,
  text: string | undefined,
  config: string | undefined,
): (settings: PipelineSettings) => WritePipeline {
  // As bytes, a file of megabytes takes half of the memory.
  const bytes = new TextEncoder().encode(text ?? `${JSON.stringify(json)}\n`);
  const asItCame = (): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return (settings) => ({
    save: () => ({
      [tokenizerFile]: asItCame(),
      ...(config !== undefined && { [configFile]: config }),
      [settingsFile]: `${JSON.stringify(settings, undefined, 2)}\n`,
    }),
    toHuggingFace: (contextLength) => ({
      [tokenizerFile]: withTokens(asItCame(), settings),
      [configFile]: config ?? writeConfig(settings, contextLength),
    }),
  });
}

/** Returns the text of a tokenizer.json with the special tokens that a run has added. */
function withTokens(text: string, { vocabSize, specialTokens }: PipelineSettings): string {
  if (specialTokens.length === 0) return text;
  const json = JSON.parse(text) as { added_tokens?: readonly object[] }; // -- it was read
  const added = specialTokens.map((content, index) =>
    addedTokenJson(plainSpecialToken(content, vocabSize + index)),
  );
  return `${JSON.stringify({ ...json, added_tokens: [...(json.added_tokens ?? []), ...added] })}\n`;
}

function writeConfig({ endOfText }: PipelineSettings, contextLength: number): string {
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    eos_token: endOfText,
    clean_up_tokenization_spaces: false,
    model_max_length: contextLength,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
