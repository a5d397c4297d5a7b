/** A place that did not answer, perhaps because of a setting of this machine. */
export class UnreachableError extends Error {
  /** What the user checks, as the end of a sentence: `the network and HTTPS_PROXY`. */
  readonly toCheck: string;

  constructor(message: string, toCheck: string, options?: ErrorOptions) {
    super(message, options);
    this.toCheck = toCheck;
  }
}
