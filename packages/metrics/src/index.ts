export { bleu, type BleuScore, corpusBleu, sentenceBleu } from './bleu/bleu.js';
export {
  BLEU_TOKENIZERS,
  type BleuOptions,
  type BleuTokenizer,
  type SmoothMethod,
} from './bleu/bleu-options.js';
export {
  bootstrapConfidence,
  type PairedBootstrap,
  pairedBootstrap,
  type PairedHypotheses,
  type PairedRandomization,
  pairedRandomization,
} from './bootstrap/paired-tests.js';
export type { Confidence, ResamplingOptions } from './bootstrap/resample.js';
export { chrf, type ChrfOptions, corpusChrf } from './chrf/chrf.js';
export {
  corpusRouge,
  type Overlap,
  rouge,
  ROUGE_MEASURES,
  ROUGE_TOKENIZERS,
  type RougeMeasure,
  type RougeOptions,
  type RougeScore,
  type RougeTokenizer,
} from './rouge/rouge.js';
export {
  corpusScore,
  formatScore,
  type Metric,
  type Resampled,
  resampledSignature,
  type Score,
} from './score/metric.js';
export { corpusTer, ter, type TercomOptions, type TerScore } from './ter/ter.js';
