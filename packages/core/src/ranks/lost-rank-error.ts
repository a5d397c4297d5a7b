/** The error of an operation that cannot end, as one of the ranks has. */
export class LostRankError extends Error {
  override readonly name = 'LostRankError';
}
