import type { TokenExample } from '../domain/domain.js';
import type { TrainingBatch } from '../model/forward.js';

/**
 * Puts examples side by side: each token is asked for the next one, and shorter examples are padded
 * on the right with targets of weight 0, which attention leaves out.
 *
 * @param examples - Each of 2 to `contextLength + 1` tokens.
 * @throws RangeError when one is shorter or longer, or its weights are not as many as its tokens.
 */
export function packExamples(
  examples: readonly TokenExample[],
  contextLength: number,
): TrainingBatch {
  for (const example of examples) checkExample(example, contextLength);
  const batchSize = examples.length;
  const T = Math.max(...examples.map(({ tokens }) => tokens.length)) - 1;
  const tokens = new Int32Array(batchSize * T);
  const targets = new Int32Array(batchSize * T);
  const weights = new Float32Array(batchSize * T);
  examples.forEach((example, row) => {
    for (let t = 0; t < example.tokens.length - 1; t++) {
      tokens[row * T + t] = example.tokens[t];
      targets[row * T + t] = example.tokens[t + 1];
      weights[row * T + t] = example.lossWeights[t + 1];
    }
  });
  const lengths = Int32Array.from(examples, (example) => example.tokens.length - 1);
  const prefixLengths = Int32Array.from(examples, ({ prefixLength = 0 }) => prefixLength);
  return { tokens, targets, weights, batchSize, lengths, prefixLengths };
}

function checkExample(
  { tokens, lossWeights, prefixLength = 0 }: TokenExample,
  context: number,
): void {
  if (tokens.length < 2 || tokens.length > context + 1) {
    throw new RangeError(
      `example: expected 2 to ${context + 1} tokens (contextLength + 1), got ${tokens.length}`,
    );
  }
  if (lossWeights.length !== tokens.length) {
    throw new RangeError(
      `lossWeights: expected as many as tokens (${tokens.length}), got ${lossWeights.length}`,
    );
  }
  if (!(prefixLength >= 0 && prefixLength < tokens.length)) {
    throw new RangeError(
      `prefixLength: expected 0 to ${tokens.length - 1}, fewer than the tokens, got ${prefixLength}`,
    );
  }
}
