import type { CompletionRequest } from '../request/parse-request.js';
import type { CompletionDelta } from '../completion/start-completion.js';

/** Format of responses: completions or chat completions. */
export interface AnswerForm {
  /** Prefix of response ids. */
  readonly idPrefix: string;
  /** Word for the kind of object of a whole answer. */
  readonly object: string;
  /** Word for the kind of object of a part of a stream. */
  readonly partObject: string;
  /** A whole output. */
  choice(request: CompletionRequest, output: CompletionDelta, format?: string): object;
  /**
   * The new part of an output, in one event of a stream or several.
   *
   * @param isFirst - Whether it is the first one of its output.
   */
  partChoices(
    request: CompletionRequest,
    delta: CompletionDelta,
    isFirst: boolean,
    format?: string,
  ): readonly object[];
}

/** The number of an output among all of its request. */
export function choiceIndex(
  { n }: Pick<CompletionRequest, 'n'>,
  { prompt, number }: Pick<CompletionDelta, 'prompt' | 'number'>,
): number {
  return prompt * n + number;
}
