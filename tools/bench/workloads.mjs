import { ARCHITECTURES } from '@ramble/core/model';

const MUSIC = { vocabSize: 388, contextLength: 2048, nLayer: 4, nHead: 4, nEmbd: 256 };

/**
 * Model for long texts. It is timed with full attention, with attention in local blocks of 256, and with compression of
 * groups of 3.
 */
const LONG = { ...MUSIC, contextLength: 8192 };
/**
 * Returns the model with T-DMCA's alternating local and compressed attention (Liu et al. 2018) for a context length.
 */
const pattern = (contextLength) => ({
  ...{ ...MUSIC, contextLength, nLayer: 5 },
  attention: 'local,compressed',
});

/**
 * The models that are timed; tools/peers/train_step.py has the same. M and R are models of music, without and with
 * distances. L is about as large as Music Transformer, and S is SmolLM2-135M.
 */
export const MODELS = {
  A: { vocabSize: 65, contextLength: 64, nLayer: 4, nHead: 4, nEmbd: 128 },
  B: { vocabSize: 65, contextLength: 256, nLayer: 6, nHead: 6, nEmbd: 384 },
  C: { vocabSize: 50257, contextLength: 64, nLayer: 12, nHead: 12, nEmbd: 768 },
  M: MUSIC,
  R: { ...MUSIC, attention: 'relative' },
  L: { ...MUSIC, nLayer: 6, nHead: 8, nEmbd: 512, attention: 'relative' },
  S: {
    ...ARCHITECTURES.llama,
    ...{ vocabSize: 49152, contextLength: 64, nLayer: 30, nEmbd: 576, mlpDim: 1536 },
    ...{ nHead: 9, nKvHead: 3, headDim: 64 },
  },
  'long-causal': LONG,
  'long-local': { ...LONG, attention: 'local' },
  'long-compressed': { ...LONG, attention: 'compressed' },
  'pattern-1024': pattern(1024),
  'pattern-2048': pattern(2048),
  'pattern-4096': pattern(4096),
  'pattern-8192': pattern(8192),
};
/** Batch sizes by model; 1 for a model that is not named. */
export const BATCH_SIZES = { A: 12, B: 8, C: 4, S: 4 };

/** Timed matrix products `[m, k] · [k, n]`, and whether each operand is stored transposed. */
export const PRODUCTS = [
  { m: 512, n: 3072, k: 768, transposeA: false, transposeB: false },
  { m: 512, n: 3072, k: 768, transposeA: false, transposeB: true },
  { m: 512, n: 3072, k: 768, transposeA: true, transposeB: false },
  { m: 1024, n: 1024, k: 1024, transposeA: false, transposeB: false },
  { m: 768, n: 384, k: 128, transposeA: false, transposeB: false },
];

/** Sizes of attention; tools/peers/attention.py has the same. */
export const ATTENTION = { headDim: 64, blockLength: 256, groupLength: 3 };

/** Models for decoding: GPT-2 small has its whole context, and SmolLM2 the same length. */
export const DECODED = {
  ...MODELS,
  C: { ...MODELS.C, contextLength: 1024 },
  S: { ...MODELS.S, contextLength: 1024 },
  /** The size of a translation model. */
  T: { vocabSize: 8000, contextLength: 128, nLayer: 6, nHead: 8, nEmbd: 512 },
};

/** Settings of beam search; tools/peers/beams.py has the same. */
export const BEAMS = { prompts: 8, promptTokens: 32, numBeams: 4, newTokens: 64 };
