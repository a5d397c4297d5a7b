/** The entropy of frequencies in nats: the loss of a unigram model with the true frequencies. */
export function entropy(counts: Float64Array): number {
  const sum = counts.reduce((total, count) => total + count, 0);
  return counts.reduce((total, count) => {
    const share = count / sum;
    return share > 0 ? total - share * Math.log(share) : total;
  }, 0);
}
