export { bleu, type BleuScore, corpusBleu, sentenceBleu } from './bleu/bleu.js';
export type { BleuOptions, SmoothMethod } from './bleu/bleu-options.js';
export { BLEU_TOKENIZERS, type BleuTokenizer } from './bleu/bleu-tokenizers.js';
export { bootstrapConfidence } from './bootstrap/bootstrap-confidence.js';
export {
  type PairedBootstrap,
  pairedBootstrap,
  type PairedHypotheses,
} from './bootstrap/paired-bootstrap.js';
export { type PairedRandomization, pairedRandomization } from './bootstrap/paired-randomization.js';
export type { Confidence, ResamplingOptions } from './bootstrap/resample.js';
export { chrf, type ChrfOptions, corpusChrf } from './chrf/chrf.js';
export {
  corpusRouge,
  rouge,
  ROUGE_MEASURES,
  type RougeMeasure,
  type RougeOptions,
  type RougeScore,
} from './rouge/rouge.js';
export type { Overlap } from './rouge/rouge-measures.js';
export { ROUGE_TOKENIZERS, type RougeTokenizer } from './rouge/rouge-tokenizers.js';
export { corpusScore } from './score/corpus-score.js';
export { formatScore } from './score/format-score.js';
export type { Metric, Score } from './score/metric.js';
export { type Resampled, resampledSignature } from './score/signature.js';
export { corpusTer, ter, type TerScore } from './ter/ter.js';
export type { TercomOptions } from './ter/tercom-tokenizer.js';
