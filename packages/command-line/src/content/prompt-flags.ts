import { type AnyApp, checkSettings } from '@ramble/core';
import type { ContentOptions } from '@ramble/core/app';

import { UsageError } from '../verb/exit-errors.js';
import { flagName, type FlagTable, settingsIn } from '../verb/flag.js';
import type { Output } from '../verb/output.js';
import type { DomainCall, SettingGroup } from '../verb/verb.js';
import { readContent, readPlaced } from './read-content.js';

/** The flags that give a prompt. */
export interface PromptFlags {
  readonly prompt?: string;
  readonly promptFile?: string;
}

export const PROMPT_FLAGS: FlagTable<PromptFlags> = {
  prompt: {
    kind: 'string',
    basic: true,
    placeholder: 'text',
    derived: 'empty',
    description: 'The prompt.',
  },
  promptFile: {
    kind: 'string',
    basic: true,
    placeholder: 'file',
    derived: 'none',
    description: 'A file that is the prompt, or - for standard input.',
  },
};

/** The app that reads prompts, and the function that gets its warnings. */
export interface PromptReading {
  readonly app: Pick<AnyApp, 'readPrompt'>;
  readonly output: Pick<Output, 'warn'>;
}

/** A prompt and the bytes that it was read from. */
export interface ReadPrompt {
  readonly prompt: unknown;
  readonly content: Uint8Array;
}

/**
 * Reads the prompt that was given; an empty one without a flag. Warns of what is wrong with its file.
 *
 * @throws UsageError when two flags give one; Error that names the file where it is no prompt.
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
 * A prompt from its bytes; warns of what is wrong with them.
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

type Values = Readonly<Record<string, unknown>>;

/** The prompts of a command line. */
export interface AskedPrompts {
  /** The file that a setting of the app's own names. */
  readonly file?: string;
  readonly reader: Pick<AnyApp, 'readPrompt'>;
  /**
   * Checks that at most one flag gives a prompt.
   *
   * @param given - Flags that give prompts, by name in camelCase.
   * @throws UsageError when more than one does.
   */
  readonly checkPlaces: (given: Values) => void;
}

/** The settings of an app's prompts. */
export function promptSettings({ prompting }: Pick<AnyApp, 'prompting'>): SettingGroup[] {
  return prompting ? [{ title: 'Prompt', settings: prompting.settings }] : [];
}

/**
 * Returns the prompts of a command line, read with the app's settings.
 *
 * @param settings - Of the app's prompts, among others.
 */
export function askedPrompts(
  app: Pick<AnyApp, 'readPrompt' | 'prompting'>,
  settings: Values,
): AskedPrompts {
  const { prompting } = app;
  const own = settingsIn(prompting?.settings ?? {}, settings);
  const wishes = prompting && checkSettings<unknown>(prompting.settings, own);
  const files = Object.fromEntries((prompting?.files ?? []).map((name) => [name, own[name]]));
  return {
    file: Object.values(files).find((path) => path !== undefined) as string | undefined, // of kind `string`
    reader: {
      readPrompt: (content, options) => {
        const prompt = app.readPrompt(content, options);
        return prompting ? prompting.apply(prompt, wishes) : prompt;
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
