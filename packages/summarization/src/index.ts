export {
  type Cut,
  CUTS,
  SUMMARIZATION_OPTIONS,
  type SummarizationOptions,
} from './cut-document.js';
export {
  EXTRACTION_METHODS,
  type ExtractionMethod,
  type ExtractLength,
  EXTRACTORS,
  type Extractor,
  extractSummary,
} from './extract/extract.js';
export { sentencesOf, wordsOf } from './extract/sentences.js';
export {
  summarizationDomain,
  type SummarizationDomain,
  type SummarizationExample,
  type SummarizationPrompt,
  type SummarizationSettings,
  zeroShotDomain,
} from './summarization-domain.js';
export { summarizationFactory } from './summarization-factory.js';
