import { embedPrompts, type TokenPrompt } from '@ramble/core';
import { EMBEDDING_SETTINGS, type EmbedOptions } from '@ramble/core/sampling';

import { promptSettings } from '../../content/prompt-flags.js';
import { MODEL_FLAGS, openModel, SPECIAL_TOKENS_FLAG } from '../../model/open-model.js';
import { InterruptedError, UsageError } from '../../verb/exit-errors.js';
import { type Flags, type FlagValues, settingsIn } from '../../verb/flag.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import {
  givenPrompts,
  operandCall,
  readPrompts,
  SAMPLE_PROMPT_FLAGS,
} from '../sample/sample-prompts.js';

const FLAGS = {
  ...MODEL_FLAGS,
  ...SAMPLE_PROMPT_FLAGS,
  prompt: { ...SAMPLE_PROMPT_FLAGS.prompt, derived: 'none' },
  ...SPECIAL_TOKENS_FLAG,
} as const satisfies Flags;

/** Number of digits that distinguishes all 32-bit floats. */
const DIGITS = 9;

export type EmbedFlags = FlagValues<typeof FLAGS>;

/**
 * `embed`: prints a vector for each prompt, a line of numbers with spaces between them, or a line of JSON with the
 * number of tokens. Prompts are read as `sample` reads them.
 */
export const embedProgram: DomainProgram<EmbedFlags> = {
  operands: ['[prompt]'],
  flags: FLAGS,
  settings: (app) => [{ title: 'Vectors', settings: EMBEDDING_SETTINGS }, ...promptSettings(app)],
  waitsFor: 'prompts',
  run,
};

async function run(given: DomainCall<EmbedFlags>): Promise<void> {
  const call = operandCall(given);
  const { app, flags, settings, operands, output, io } = call;
  const prompt = givenPrompts(flags.prompt, operands.at(0));
  const { promptFile, promptLines } = flags;
  const ownFile = app.prompting?.files?.find((name) => settings[name] !== undefined);
  if ([prompt, promptFile, promptLines, ownFile].every((each) => each === undefined)) {
    throw new UsageError('--prompt: required; --prompt-file and --prompt-lines read files');
  }
  const { prompts } = await readPrompts({ ...call, flags: { ...flags, prompt } });
  const { domain, model } = await openModel(call);
  const encoded = prompts.map((read): TokenPrompt => domain.encodePrompt(read.prompt));
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort(new InterruptedError('stopped')));
  const options = settingsIn(EMBEDDING_SETTINGS, settings) as EmbedOptions; // checked by embedPrompts
  const vectors = await embedPrompts(model, encoded, { ...options, signal: stop.signal }).finally(
    forget,
  );
  for (const [i, vector] of vectors.entries()) {
    const embedding = Array.from(vector, (value) => Number(value.toPrecision(DIGITS)));
    const tokens = encoded[i].tokens.length;
    if (output.isJson) await output.printJson({ prompt: i + 1, tokens, embedding });
    else await output.print(embedding.join(' '));
  }
}
