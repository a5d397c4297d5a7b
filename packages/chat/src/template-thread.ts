import type { JsonObject } from '@ramble/core/files';

/** A thread or process that renders a template, and can be ended whatever the template does. */
export interface TemplateThread {
  /**
   * Renders the template with these variables.
   *
   * @throws ChatTemplateError with what the template raises, or why the thread ended.
   */
  render(variables: JsonObject): Promise<string>;
  /** Ends the thread at once. */
  end(): Promise<void>;
}

/** What a thread answers: the text of the template, or its error. */
export type Rendered = { readonly text: string } | { readonly error: string };
