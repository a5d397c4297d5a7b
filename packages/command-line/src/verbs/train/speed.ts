import type { Clock, ModelConfig } from '@ramble/core';
import { sizeOf } from '@ramble/core/engine';
import { countParameters, decoderOf } from '@ramble/core/model';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Floating-point operations of one training step for each of its tokens: 6 for each parameter but those
 * that are only looked up, and what attention takes besides: `12 nLayer nHead headDim` for each position that is seen at most,
 * half as much again with distances; where groups are seen, for each of them.
 *
 * @see Chowdhery et al. 2022, appendix B, https://arxiv.org/abs/2204.02311
 */
export function operationsPerToken(config: ModelConfig): number {
  const { nEmbd, vocabSize, tiedHead } = config;
  const { inputPositions, layers } = decoderOf(config);
  const tables = [inputPositions, ...layers.map(({ positions }) => positions)];
  const positions = tables
    .flatMap(({ parameters }) => parameters)
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const lookedUp = tiedHead ? 0 : vocabSize * nEmbd; // no product reads the embeddings
  let operations = 6 * (countParameters(config) - positions - lookedUp);
  for (const { attention } of layers) operations += attention.operationsPerToken;
  return operations;
}

const SIZES = [64, 128, 256, 512, 1024];
/** Longer products than this are not tried. */
const ENOUGH_MS = 30;
const TRIES = 4;

/**
 * The most operations a second that the engine reaches in a product of square matrices, which is as
 * near to the machine's peak as anything comes.
 */
export function measurePeak(clock: Clock): number {
  let best = 0;
  for (const size of SIZES) {
    const [operations, ms] = measureProduct(size, clock);
    best = Math.max(best, (1000 * operations) / ms);
    if (ms > ENOUGH_MS) break;
  }
  return best;
}

/** The fastest of a few: the first one waits for memory and compilers, any one for other programs. */
function measureProduct(size: number, clock: Clock): [operations: number, ms: number] {
  let fastestMs = Infinity;
  for (let i = 0; i < TRIES; i++) {
    const start = clock.now();
    tf.tidy(() => {
      const square = tf.ones<tf.Rank.R2>([size, size]);
      tf.matMul(square, square).dataSync();
    });
    fastestMs = Math.min(fastestMs, clock.now() - start);
  }
  return [2 * size ** 3, fastestMs];
}
