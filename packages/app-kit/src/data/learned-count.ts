/** Share of examples that is learned from where nothing else validates. */
const LEARNED_SHARE = 0.9;

/** How many of the examples of data are learned from: all where others validate, else the first nine tenths. */
export function learnedCount(length: number, valid: unknown): number {
  return valid === undefined ? Math.floor(length * LEARNED_SHARE) : length;
}
