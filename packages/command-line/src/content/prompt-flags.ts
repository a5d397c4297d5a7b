import { type AnyApp, checkSettings } from '@ramble/core';
import { type ContentOptions, outputRulesFeature } from '@ramble/core/app';

import { UsageError } from '../verb/exit-errors.js';
import {
  flagName,
  type Flags,
  type FlagValues,
  OPTIONAL_FILE,
  settingsIn,
  type Values,
} from '../verb/flag.js';
import type { Output } from '../verb/output.js';
import type { DomainCall, SettingGroup } from '../verb/verb.js';
import { readContent, readPlaced } from './read-content.js';

export const PROMPT_FLAGS = {
  prompt: {
    kind: 'string',
    basic: true,
    placeholder: 'text',
    derived: 'empty',
    description: 'The prompt.',
  },
  promptFile: {
    ...OPTIONAL_FILE,
    basic: true,
    description: 'A file that is the prompt, or - for standard input.',
  },
} as const satisfies Flags;

/** The flags that give a prompt. */
export type PromptFlags = FlagValues<typeof PROMPT_FLAGS>;

/** The app whose `readPrompt` parses a prompt, and the output that prints warnings about the prompt. */
export interface PromptReading {
  readonly app: Pick<AnyApp, 'readPrompt'>;
  readonly output: Pick<Output, 'warn'>;
}

/** A prompt as the app reads it, and the bytes from which it was read. */
export interface ReadPrompt {
  readonly prompt: unknown;
  readonly content: Uint8Array;
}

/**
 * Reads the prompt that `--prompt`, `--prompt-file` or a setting of the app gives; the prompt is empty if none is
 * given. Warns of faults in the prompt's file.
 *
 * @throws UsageError if two flags give a prompt; Error that names the file if its content is no prompt.
 */
export async function readPrompt({
  app,
  flags: { prompt, promptFile },
  settings,
  io,
  output,
}: DomainCall<PromptFlags>): Promise<ReadPrompt> {
  const { file: ownFile, reader, checkPlaces } = askedPrompts(app, settings);
  checkPlaces({ prompt, promptFile });
  const file = promptFile ?? ownFile;
  const reading = { app: reader, output };
  if (file === undefined) return parsePrompt(reading, new TextEncoder().encode(prompt ?? ''));
  return parsePrompt(reading, await readContent(file, io.stdin, app), file);
}

/**
 * Parses a prompt from its bytes, and warns of faults in them.
 *
 * @param place - File or line of the bytes, for the error and the warnings.
 */
export function parsePrompt(
  { app, output }: PromptReading,
  content: Uint8Array,
  place?: string,
): ReadPrompt {
  const read = (options: ContentOptions): unknown => app.readPrompt(content, options);
  return { content, prompt: readPlaced(read, { name: 'prompt', place, output }) };
}

/** The file of the prompt that a command line gives, and the reader that parses the prompt. */
export interface AskedPrompts {
  /** Path of the prompt's file, given by a setting of the app. */
  readonly file?: string;
  readonly reader: Pick<AnyApp, 'readPrompt'>;
  /**
   * Checks that at most one flag gives a prompt.
   *
   * @param given - Flags that give prompts, by name in camelCase.
   * @throws UsageError if more than one does.
   */
  readonly checkPlaces: (given: Values) => void;
}

/** Returns the settings that an app declares for its prompts, as a group for the help; none if it declares none. */
export function promptSettings({ prompting }: Pick<AnyApp, 'prompting'>): SettingGroup[] {
  return prompting ? [{ title: 'Prompt', settings: prompting.settings }] : [];
}

/**
 * Returns how a command line gives its prompt: the file that a setting of the app names, a reader that applies the
 * settings of the app's prompts, and a check that only one flag gives a prompt.
 *
 * @param settings - Values of settings; the ones for the app's prompts and output rules are taken from them.
 */
export function askedPrompts(
  app: Pick<AnyApp, 'readPrompt' | 'prompting' | 'features'>,
  settings: Values,
): AskedPrompts {
  const { prompting } = app;
  const own = settingsIn(prompting?.settings ?? {}, settings);
  const promptOptions = prompting && checkSettings<unknown>(prompting.settings, own);
  const output = settingsIn(outputRulesFeature.of(app)?.settings ?? {}, settings);
  const files = Object.fromEntries((prompting?.files ?? []).map((name) => [name, own[name]]));
  return {
    file: Object.values(files).find((path) => path !== undefined) as string | undefined, // a setting of kind `string`
    reader: {
      readPrompt: (content, options) => {
        const prompt = app.readPrompt(content, options);
        return prompting ? prompting.apply(prompt, promptOptions, output) : prompt;
      },
    },
    checkPlaces: (given) => {
      const all: Values = { ...given, ...files };
      const places = Object.keys(all).filter((each) => all[each] !== undefined);
      if (places.length < 2) return;
      const [first, second] = places.map(flagName);
      throw new UsageError(`${second}: expected the prompt once, got ${first} too`);
    },
  };
}
