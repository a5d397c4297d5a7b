/** The error of a conversation that a model's template made no prompt of. */
export class ChatTemplateError extends Error {
  override readonly name = 'ChatTemplateError';

  /**
   * Creates the error.
   *
   * @param isRefusal - Whether the template refused the conversation; otherwise the template is broken.
   */
  constructor(
    message: string,
    readonly isRefusal: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
