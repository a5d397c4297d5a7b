export { cacheFolder } from './cache-folder.js';
export { listCorpora } from './corpora/corpora.js';
export type { Corpus, CorpusEntries, CorpusSource } from './corpora/corpus.js';
export type { CorpusFiles } from './corpora/fetch-corpus.js';
export { getCorpus, type GetCorpusOptions } from './corpora/get-corpus.js';
export { holdsPairs, textDocument } from './formats/converted-file.js';
export { openDataFiles, type OpenDataOptions } from './files/open-data-files.js';
export { plainContent, unpackedContent } from './files/plain-content.js';
export {
  getModel,
  type GetModelOptions,
  isModelName,
  type ModelFiles,
} from './models/get-model.js';
export { fetchAlone } from './lock/fetch-alone.js';
export { listModels, type PublishedModel } from './models/models.js';
export type { Progress } from './progress.js';
export { readPairs, type PairFields } from './pairs/read-pairs.js';
export { readParallel } from './pairs/read-parallel.js';
export type { TextPair } from './pairs/text-pair.js';
export { type HeldOut, holdOut, type HoldOutOptions } from './split/hold-out.js';
export type { KeysOf } from './split/ranked-groups.js';
export {
  type ComponentSplit,
  type ComponentSplitOptions,
  splitComponents,
} from './split/split-components.js';
export { type DataHash, hashFiles } from './text/hash-files.js';
export { readDocuments, type ReadOptions } from './text/read-documents.js';
export { type DocumentOptions, readText } from './text/read-text.js';
export { TEXT_FIELDS } from './text/text-fields.js';
export { saveStream } from './text/save-stream.js';
export type { TextPiece } from './text/text-piece.js';
export { cachedTokens, type CachedTokensOptions } from './tokens/cached-tokens.js';
export { type DocumentStarts, openTokenFile, type TokenFile } from './tokens/open-token-file.js';
export { prepareTokens, type TokenPreparation } from './tokens/prepare-tokens.js';
export {
  sliceTokens,
  type SplitOptions,
  splitTokens,
  type TokenSplit,
} from './tokens/split-tokens.js';
export type { TokenFileInfo } from './tokens/token-file-header.js';
export { type TokenPiece, writeTokenFile } from './tokens/write-token-file.js';
