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
  type Extractor,
  EXTRACTORS,
  extractSummary,
  sentencesOf,
  wordsOf,
} from './extract/extract.js';
export {
  summarizationDomain,
  type SummarizationDomain,
  type SummarizationExample,
  summarizationFactory,
  type SummarizationPrompt,
  type SummarizationSettings,
  zeroShotDomain,
} from './summarization-domain.js';
