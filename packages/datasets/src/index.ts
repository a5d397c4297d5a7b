export { cacheFolder, fetchAlone } from './cache/cache-folder.js';
export type { ChoiceQuestion } from './tables/choices.js';
export { getCorpus, type GetCorpusOptions, listCorpora } from './corpora/corpora.js';
export type { Corpus, CorpusEntries, CorpusSource } from './corpora/corpus.js';
export type { CorpusFiles } from './corpora/fetch-corpus.js';
export { holdsPairs, textDocument } from './formats/converted-file.js';
export { openDataFiles, type OpenDataOptions } from './files/open-data-files.js';
export { plainContent, unpackedContent } from './files/plain-content.js';
export { fetchHubData, isHubDataName } from './hub/fetch-hub-data.js';
export {
  getModel,
  type GetModelOptions,
  isModelName,
  listModels,
  type ModelFiles,
  type PublishedModel,
} from './models/models.js';
export type { Progress } from './download/download-file.js';
export { type PairFields, readPairs, readParallel, type TextPair } from './pairs/read-pairs.js';
export {
  type ComponentSplit,
  type ComponentSplitOptions,
  type HeldOut,
  holdOut,
  type HoldOutOptions,
  type KeysOf,
  splitComponents,
} from './split/split-components.js';
export {
  type DataHash,
  type DocumentOptions,
  hashFiles,
  readDocuments,
  type ReadOptions,
  readText,
  saveStream,
} from './text/read-documents.js';
export { TEXT_FIELDS, type TextPiece } from './text/documents.js';
export {
  cachedTokens,
  type CachedTokensOptions,
  prepareTokens,
  sliceTokens,
  type SplitOptions,
  splitTokens,
  type TokenPreparation,
  type TokenSplit,
} from './tokens/prepare-tokens.js';
export { type DocumentStarts, openTokenFile, type TokenFile } from './tokens/open-token-file.js';
export { type TokenFileInfo, type TokenPiece, writeTokenFile } from './tokens/write-token-file.js';
