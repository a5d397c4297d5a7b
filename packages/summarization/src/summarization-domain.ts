import type { Domain, DomainFactory, SettingTable, TokenExample, TokenPrompt } from '@ramble/core';
import { checkSettings, pairExample, pairPrompt, readSavedSettings } from '@ramble/core/domain';
import { formatJson } from '@ramble/core/files';
import {
  loadTokenizer,
  spacedText,
  type Tokenizer,
  trainBpe,
  vocabularyOf,
} from '@ramble/tokenizers';

import { cutDocument, SUMMARIZATION_OPTIONS, type SummarizationOptions } from './cut-document.js';
import { sentencesOf } from './extract/extract.js';

/** Special token between a document and its summary. */
const SEPARATOR = '<tldr>';

/** Settings that a run stores in addition to the tokenizer. */
export type SummarizationSettings = Pick<SummarizationOptions, 'documentLoss' | 'cut'>;

/** The domain of documents and summaries. */
export interface SummarizationDomain extends Domain<
  SummarizationExample,
  SummarizationPrompt,
  string
> {
  readonly tokenizer: Tokenizer;
  readonly settings: SummarizationSettings;
}

/**
 * Makes the domain of summarization from a tokenizer. It encodes a pair as `document <tldr> summary <|endoftext|>`. A
 * document that is too long is cut by the setting `cut`. Texts are encoded with a space in front, which decoding
 * removes, so that a word is the same token at the beginning and inside.
 *
 * @param tokenizer - Tokenizer with a special token `<tldr>`.
 * @see Liu et al. 2018, section 4.2.3, https://arxiv.org/abs/1801.10198
 */
export function summarizationDomain(
  tokenizer: Tokenizer,
  settings: SummarizationSettings,
): SummarizationDomain {
  const { endOfText: end, specialTokens } = tokenizer;
  const separator = specialTokens.get(SEPARATOR);
  if (separator === undefined) {
    throw new RangeError(`tokenizer: expected a special token ${SEPARATOR}, got none`);
  }
  const { encode, decode } = spacedText(tokenizer);
  const cut = <T extends TokenExample | TokenPrompt>(pair: T, room: number): T | undefined =>
    cutDocument(pair, room, { cut: settings.cut, tokenizer, separatorLength: 1 });
  return {
    name: 'summarization',
    tokenizer,
    settings,
    vocabulary: vocabularyOf(tokenizer),
    stopTokens: [end],
    encodeExample: ({ document, summary }) => {
      checkText('document', document);
      checkText('summary', summary);
      return pairExample(
        { source: encode(document), separator, target: encode(summary), end },
        { sourceLoss: settings.documentLoss },
      );
    },
    encodePrompt: ({ document, beginning }) =>
      pairPrompt(
        { source: encode(document), separator },
        beginning === undefined ? [] : encode(beginning),
      ),
    decodeOutput: decode,
    encodeOutput: (output) => [...encode(output), end],
    segments: (example, contextLength) => [cut(example, contextLength) ?? []].flat(),
    cutPrompt: cut,
    cutRule: settings.cut,
  };
}

function checkText(name: string, text: string): void {
  if (text.trim() === '') throw new RangeError(`${name}: expected text, got none`);
}

/** A document and its summary. */
export interface SummarizationExample {
  readonly document: string;
  readonly summary: string;
}

/** A document to summarize. */
export interface SummarizationPrompt {
  readonly document: string;
  /** Beginning of the summary. */
  readonly beginning?: string;
}

/**
 * Text that is appended to a document, so that a model of web text continues with a summary: people write it before
 * summaries.
 */
const HINT = '\nTL;DR:';
/** Part of a too long document that is kept: its beginning. */
const CUT = 'head';
/** Number of sentences of the continuation that become the summary. */
const SENTENCES = 3;

/**
 * Summarization by a text model without fine-tuning: the prompt is the document and `TL;DR:`, the summary is
 * the first three sentences of the continuation. If a document is too long, only its beginning is read.
 *
 * @param tokenizer - Tokenizer of the text model.
 * @see Radford et al. 2019, section 3.6 (GPT-2)
 */
export function zeroShotDomain(
  tokenizer: Tokenizer,
): Domain<SummarizationExample, SummarizationPrompt, string> {
  const { endOfText, beginning: start } = tokenizer;
  const continues = true;
  const hint = tokenizer.encode(HINT, { continues });
  const encodeOutput = (summary: string): Int32Array =>
    tokenizer.encode(` ${summary}`, { continues });
  const ask = (document: string, after: ArrayLike<number>): TokenPrompt => {
    const before = [...start, ...tokenizer.encode(document.trim()), ...hint];
    return { tokens: [...before, ...Array.from(after)], outputStart: before.length };
  };
  const cut = <T extends TokenExample | TokenPrompt>(pair: T, room: number): T | undefined =>
    cutDocument(pair, room, { cut: CUT, tokenizer, separatorLength: hint.length });
  return {
    name: 'text',
    vocabulary: vocabularyOf(tokenizer),
    stopTokens: [endOfText],
    encodeExample: ({ document, summary }) => {
      const prompt = ask(document, [...encodeOutput(summary), endOfText]);
      return { ...prompt, lossWeights: new Float32Array(prompt.tokens.length).fill(1) };
    },
    encodePrompt: ({ document, beginning }) =>
      ask(document, beginning === undefined ? [] : encodeOutput(beginning)),
    decodeOutput: (tokens) => {
      const words = tokens.filter((token) => token !== endOfText);
      const text = tokenizer.decode(words, { continues });
      return sentencesOf(text.trim()).slice(0, SENTENCES).join('').trim();
    },
    encodeOutput: (output) => [...encodeOutput(output), endOfText],
    segments: (example, contextLength) => [cut(example, contextLength) ?? []].flat(),
    cutPrompt: cut,
    cutRule: CUT,
  };
}

const SETTINGS_FILE = 'summarization.json';
const { documentLoss, cut } = SUMMARIZATION_OPTIONS;
const SETTINGS: SettingTable<SummarizationSettings> = {
  documentLoss: { ...documentLoss, default: undefined },
  cut: { ...cut, default: undefined },
};

/** Makes summarization domains: learns byte pairs from documents and summaries. */
export const summarizationFactory: DomainFactory<
  SummarizationDomain,
  SummarizationExample,
  SummarizationOptions
> = {
  fit: async (examples, { bpeVocabSize, ...settings }) => {
    async function* texts(): AsyncGenerator<string> {
      for await (const { document, summary } of examples) {
        yield ` ${document}`; // as they are encoded
        yield ` ${summary}`;
      }
    }
    const options = { vocabSize: bpeVocabSize, specialTokens: [SEPARATOR] };
    return summarizationDomain(await trainBpe(texts(), options), settings);
  },

  adapt: async (files, _examples, given) => {
    const tokenizer = await loadTokenizer(files);
    const { bpeVocabSize, ...settings } = {
      ...checkSettings(SUMMARIZATION_OPTIONS, given),
      bpeVocabSize: tokenizer.vocabSize,
    };
    return {
      domain: summarizationDomain(tokenizer.withSpecialTokens([SEPARATOR]), settings),
      options: { bpeVocabSize, ...settings },
    };
  },

  save: ({ tokenizer, settings }) => ({
    ...tokenizer.save(),
    [SETTINGS_FILE]: formatJson(settings),
  }),

  load: async (files) => {
    // Checked first: if they are missing, the run has another domain.
    const settings = readSavedSettings(files, SETTINGS_FILE, (fields) =>
      checkSettings(SETTINGS, fields),
    );
    return summarizationDomain(await loadTokenizer(files), settings);
  },
};
