/** A call that was refused, or whose answer did not come. */
export class CallError extends Error {
  override readonly name = 'CallError';

  /**
   * Says what was wrong.
   *
   * @param status - The status of HTTP; 0 where no answer came.
   */
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}
