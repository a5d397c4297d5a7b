import type { Clock, ModelConfig } from '@ramble/core';
import { linear, type Precision, sizeOf } from '@ramble/core/engine';
import { countParameters, decoderOf } from '@ramble/core/model';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Floating-point operations of a training step per token. Each parameter costs 6, unless it is only looked up.
 * Attention adds `12 nLayer nHead headDim` for each position in its longest range, and half as much again with
 * distance embeddings. Compressed attention counts groups in place of positions. A frozen parameter costs 4, because it
 * has no gradient; adapters are too small to count.
 *
 * @see Chowdhery et al. 2022, appendix B, https://arxiv.org/abs/2204.02311
 */
export function operationsPerToken(config: ModelConfig, isFrozen = false): number {
  const { nEmbd, vocabSize, tiedHead } = config;
  const { inputPositions, layers } = decoderOf(config);
  const tables = [inputPositions, ...layers.map(({ positions }) => positions)];
  const positions = tables
    .flatMap(({ parameters }) => parameters)
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const lookedUp = tiedHead ? 0 : vocabSize * nEmbd; // no product reads the embeddings
  let operations = (isFrozen ? 4 : 6) * (countParameters(config) - positions - lookedUp);
  for (const { attention } of layers) operations += attention.operationsPerToken;
  return operations;
}

const SIZES = [64, 128, 256, 512, 1024];
/** Maximum duration of a measured product, in milliseconds; longer ones are not tried. */
const ENOUGH_MS = 30;
const TRIES = 4;

/**
 * Returns the operations per second of the engine's fastest product of square matrices: an estimate of the machine's
 * peak.
 *
 * @param precision - Format of the matrices.
 */
export function measurePeak(clock: Clock, precision: Precision = 'f32'): number {
  let best = 0;
  for (const size of SIZES) {
    const [operations, ms] = measureProduct(size, clock, precision);
    best = Math.max(best, (1000 * operations) / ms);
    if (ms > ENOUGH_MS) break;
  }
  return best;
}

/** Returns the fastest of equal products: the first one waits for memory and compilers, others for other programs. */
function measureProduct(
  size: number,
  clock: Clock,
  precision: Precision,
): [operations: number, ms: number] {
  let fastestMs = Infinity;
  for (let i = 0; i < TRIES; i++) {
    const start = clock.now();
    tf.tidy(() => {
      const square = tf.ones<tf.Rank.R2>([size, size]);
      linear(square, { weight: square }, 'none', precision).dataSync();
    });
    fastestMs = Math.min(fastestMs, clock.now() - start);
  }
  return [2 * size ** 3, fastestMs];
}
