/** Far above any vocabulary in use; below it, arithmetic with pairs of ids is exact. */
export const MAX_VOCAB_SIZE = 2 ** 20;
