import type { EncodeAnswer, PagePrompt, WriteEvent, WriteQuestion } from '@ramble/explorer';

import { showEvents } from './output.js';
import { settingValues } from './setting-values.js';
import type { WritingState } from './writing-state.js';

/** Settings of a request for outputs. */
export interface Order {
  readonly sampling: WriteQuestion['sampling'];
  readonly count: number;
  readonly abort: AbortController;
  /** Returns the index at which an output is shown, by its number in the answer. */
  readonly placeOf: (output: number) => number;
}

/** Number of alternatives to request for each token, and of most probable next tokens. */
export const ALTERNATIVES = 10;
/** Interval in milliseconds for showing new tokens. */
const SHOW_EVERY_MS = 40;

/** Encodes the prompt in the form. */
export function encodeGiven(
  { session, model, given, fields }: WritingState,
  { maxNewTokens }: WriteQuestion['sampling'],
): Promise<EncodeAnswer | undefined> {
  const { text, file } = given.peek();
  // An empty file is sent too; its name shows that it exists.
  const use = file?.use ?? model.promptSettings.find(({ kind }) => kind === 'file')?.name;
  return session.ask('encode', {
    model: model.id,
    ...(file && { outputOptions: settingValues(model.outputSettings, fields.peek()) }),
    ...(file ? { file: file.base64 } : model.format === undefined ? { text } : {}),
    options: {
      ...settingValues(model.promptSettings, fields.peek()),
      ...(file && use !== undefined && { [use]: file.name }),
    },
    ...(typeof maxNewTokens === 'number' && { maxNewTokens }),
  });
}

/**
 * Returns the text of an output, decoded by the model's domain; empty for a file, `undefined` if the request fails.
 */
export async function decodeOutput(
  writing: WritingState,
  place: number,
): Promise<string | undefined> {
  const prompt = writing.promptOf(place);
  const output = writing.outputs.peek()[place];
  if (!prompt || !output) return '';
  const question = { model: writing.model.id, prompt, output: output.ids };
  const artifact = await writing.session.ask('artifact', question);
  return artifact && (artifact.kind === 'text' ? artifact.text : '');
}

/** Requests outputs, and shows their tokens as they arrive. */
export async function streamOutputs(
  writing: WritingState,
  prompt: PagePrompt,
  { sampling, count, abort, placeOf }: Order,
): Promise<void> {
  const waiting: WriteEvent[] = [];
  const show = () => {
    if (!abort.signal.aborted) showEvents(writing, waiting.splice(0), placeOf);
  };
  const timer = setInterval(show, SHOW_EVERY_MS);
  const { model, session, fields } = writing;
  try {
    const options = settingValues(model.outputSettings, fields.peek());
    const question = {
      ...{ model: model.id, prompt, sampling, options, count },
      alternatives: ALTERNATIVES,
    };
    for await (const event of session.transport.stream('write', question, abort.signal)) {
      waiting.push(event);
    }
    show();
  } catch (error) {
    show();
    session.complain(error);
  } finally {
    clearInterval(timer);
  }
}
