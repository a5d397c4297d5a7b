import { largestTokens } from '../largest-tokens.js';
import { type LogitFilter, REMOVED } from './logit-filter.js';
import { entropyOf, softmax } from './softmax.js';

/** Tokens that are looked at, as Hugging Face does. */
const CANDIDATES = 100;

/**
 * Keeps the likeliest tokens whose shares of the entropy together reach no more than `share` of the
 * entropy of the hundred likeliest; the likeliest token always stays.
 *
 * @see Baghaei Potraghloo et al. 2025, https://arxiv.org/abs/2509.02510
 */
export function keepTopH(share: number): LogitFilter {
  return (logits) => {
    const likeliest = largestTokens(logits, Math.min(CANDIDATES, logits.length));
    const probabilities = softmax(likeliest.map((token) => logits[token]));
    const most = share * entropyOf(probabilities);
    let entropy = 0;
    const kept = likeliest.filter((_, rank) => {
      const probability = probabilities[rank];
      if (probability > 0) entropy -= probability * Math.log(probability);
      return rank === 0 || (probability > 0 && entropy <= most);
    });
    const open = new Float64Array(logits.length).fill(REMOVED);
    for (const token of kept) open[token] = logits[token];
    logits.set(open);
  };
}
