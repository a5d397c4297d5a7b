/** The error of a place without a run. */
export class NoRunError extends Error {
  override readonly name = 'NoRunError';

  /**
   * Creates the error of a place where a run was expected.
   *
   * @param place - Where there is no run, as the caller named it.
   * @param remedy - What to do.
   */
  constructor(
    readonly place: string,
    remedy = 'name the folder of a run, or put its run.json back from a copy',
  ) {
    super(`${place}: expected a run with a run.json, got none; ${remedy}`);
  }
}
