/** Returns a batch of the model's whole context that every step reuses. */
export function repeatedBatch({ vocabSize, contextLength }, batchSize) {
  const size = batchSize * contextLength;
  const idsFrom = (start) =>
    Int32Array.from({ length: size }, (_, i) => ((i + start) * 7919) % vocabSize);
  return {
    batchSize,
    tokens: idsFrom(0),
    targets: idsFrom(1),
    weights: new Float32Array(size).fill(1),
  };
}
