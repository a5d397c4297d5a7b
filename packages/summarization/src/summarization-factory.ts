import { checkSettings, type DomainFactory, type Files, type SettingTable } from '@ramble/core';
import { parseJson } from '@ramble/core/files';
import { loadTokenizer, trainBpe } from '@ramble/tokenizers';

import {
  SEPARATOR,
  type SummarizationDomain,
  summarizationDomain,
  type SummarizationExample,
  type SummarizationSettings,
} from './summarization-domain.js';
import { SUMMARIZATION_OPTIONS, type SummarizationOptions } from './cut-document.js';

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
    [SETTINGS_FILE]: `${JSON.stringify(settings, undefined, 2)}\n`,
  }),

  load: async (files) => {
    const settings = readSettings(files); // first: without them it is a run of another domain
    return summarizationDomain(await loadTokenizer(files), settings);
  },
};

/** @throws Error that names the file, when it is missing or not as it should be. */
function readSettings(files: Files): SummarizationSettings {
  try {
    if (!Object.hasOwn(files, SETTINGS_FILE)) {
      throw new Error('expected settings, got no such file');
    }
    const json: unknown = parseJson(files[SETTINGS_FILE]);
    if (typeof json !== 'object' || json === null) throw new Error('expected an object');
    return checkSettings(SETTINGS, { ...json }); // any JSON
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${SETTINGS_FILE}: ${reason}`, { cause: error });
  }
}
