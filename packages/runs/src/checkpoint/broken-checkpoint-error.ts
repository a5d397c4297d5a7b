/**
 * The error of a checkpoint file that is missing, malformed or changed since it was saved; the
 * message names it.
 */
export class BrokenCheckpointError extends Error {
  override readonly name = 'BrokenCheckpointError';

  /**
   * Creates the error of a damaged checkpoint.
   *
   * @param step - The checkpoint's.
   */
  constructor(
    message: string,
    readonly step: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
