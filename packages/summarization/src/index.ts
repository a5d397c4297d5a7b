export { CUTS, type Cut } from './cut-document.js';
export {
  EXTRACTION_METHODS,
  type ExtractionMethod,
  type ExtractLength,
  EXTRACTORS,
  type Extractor,
  extractSummary,
} from './extract/extract.js';
export { sentencesOf } from './extract/sentences.js';
export { wordsOf } from './extract/words.js';
export {
  summarizationDomain,
  type SummarizationDomain,
  type SummarizationSettings,
} from './summarization-domain.js';
export type { SummarizationExample, SummarizationPrompt } from './summarization-example.js';
export { summarizationFactory } from './summarization-factory.js';
export { SUMMARIZATION_OPTIONS, type SummarizationOptions } from './summarization-options.js';
export { zeroShotDomain } from './zero-shot-domain.js';
