import { statSync } from 'node:fs';

import type { AnyDomain, Model } from '@ramble/core';
import { answerFeature } from '@ramble/core/app';

import { askedPrompts, parsePrompt, type ReadPrompt } from '../../content/prompt-flags.js';
import { readContent } from '../../content/read-content.js';
import { type DomainCall, shellQuoted } from '../../verb/verb.js';
import {
  cutPromptsWarning,
  longPrompts,
  type PlannedPrompts,
  planPrompts,
} from '../../outputs/write-outputs.js';
import { UsageError } from '../../verb/exit-errors.js';
import { flagName, type Flags, type FlagValues, OPTIONAL_FILE, REPEATED } from '../../verb/flag.js';

export const SAMPLE_PROMPT_FLAGS = {
  prompt: {
    ...REPEATED,
    basic: true,
    placeholder: 'text',
    derived: 'empty',
    description: 'The prompt; repeat the flag for several.',
  },
  promptFile: {
    ...REPEATED,
    basic: true,
    placeholder: 'file',
    description: 'A file that is one prompt, or - for standard input; repeat the flag for several.',
  },
  promptLines: {
    ...OPTIONAL_FILE,
    description: 'A file with a prompt on each line, or - for standard input.',
  },
} as const satisfies Flags;

/** The flags that give one or several prompts. */
export type SamplePromptFlags = FlagValues<typeof SAMPLE_PROMPT_FLAGS>;

/** Prompts, in the order in which their outputs are shown. */
export interface ReadPrompts {
  readonly prompts: readonly ReadPrompt[];
  /** Whether each prompt is a line of a file or of standard input. Its line number is then shown with its outputs. */
  readonly areLines: boolean;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Reads the given prompts. Without a flag, there is one empty prompt; if outputs answer prompts, each line of standard
 * input is a prompt. Warns of faults in the files.
 *
 * @throws UsageError if more than one of the flags is given; Error that names the file and line of an invalid
 *   prompt.
 */
export async function readPrompts({
  app,
  flags: { prompt, promptFile, promptLines },
  settings,
  io: { stdin, isPiped = false },
  output,
}: DomainCall<SamplePromptFlags>): Promise<ReadPrompts> {
  const { file, reader, checkPlaces } = askedPrompts(app, settings);
  const reading = { app: reader, output };
  checkPlaces({ prompt, promptFile, promptLines });
  const isAsked = prompt ?? promptFile ?? promptLines ?? file;
  // Text can start from an empty prompt, but answers need one, which is then read from each line.
  const linesFile =
    isAsked === undefined && answerFeature.of(app) !== undefined ? '-' : promptLines;
  if (linesFile !== undefined) {
    const lines = linesOf(await readContent(linesFile, stdin));
    const place = linesFile === '-' ? 'standard input' : linesFile;
    if (lines.length === 0) throw new Error(`${place}: expected one prompt per line, got none`);
    const prompts = lines.map((line, i) => parsePrompt(reading, line, `${place}:${i + 1}`));
    return { prompts, areLines: true };
  }
  const files = promptFile ?? (file === undefined ? undefined : [file]);
  if (files === undefined) {
    for (const text of prompt ?? []) {
      if (!namesFile(text)) continue;
      const typed = shellQuoted(text);
      await output.warn(`the prompt is the text ${typed}; --prompt-file ${typed} reads that file`);
    }
    if (prompt === undefined && isPiped) {
      await output.note('standard input is not read; --prompt-file - makes it the prompt');
    }
    const texts = (prompt ?? ['']).map((text) => new TextEncoder().encode(text));
    return { prompts: texts.map((text) => parsePrompt(reading, text)), areLines: false };
  }
  if (files.filter((path) => path === '-').length > 1) {
    throw new UsageError('--prompt-file: expected standard input once, got - twice');
  }
  const prompts: ReadPrompt[] = [];
  for (const path of files) {
    prompts.push(parsePrompt(reading, await readContent(path, stdin, app), path));
  }
  return { prompts, areLines: false };
}

/**
 * Splits content into lines, and returns them without their ends (LF or CRLF). The end of the last line may be
 * missing.
 */
function linesOf(content: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < content.length;) {
    const feed = content.indexOf(LINE_FEED, start);
    const end = feed < 0 ? content.length : feed;
    const isWindows = end > start && content[end - 1] === CARRIAGE_RETURN;
    lines.push(content.subarray(start, isWindows ? end - 1 : end));
    start = end + 1;
  }
  return lines;
}

/** Whether a text is the path of a file, which was probably meant as the prompt. */
function namesFile(text: string): boolean {
  try {
    return statSync(text).isFile();
  } catch {
    return false; // no path, or a text too long for a path
  }
}

/**
 * Returns a call whose operand is the value of the app's first prompt flag, such as `--primer song.mid`, if the app's
 * prompts are files, such as MIDI. Otherwise returns the call unchanged.
 *
 * @throws UsageError if that flag is given too.
 */
export function operandCall<F>(call: DomainCall<F>): DomainCall<F> {
  const { app, operands, settings } = call;
  const [word] = operands as readonly (string | undefined)[];
  const setting = app.prompting?.files?.at(0);
  if (word === undefined || setting === undefined) return call;
  if (settings[setting] !== undefined) {
    throw new UsageError(`${flagName(setting)}: expected the prompt once, got ${word} too`);
  }
  return { ...call, operands: operands.slice(1), settings: { ...settings, [setting]: word } };
}

/**
 * Returns the prompts of the flag, or the operand `word` as the only prompt; `undefined` without both.
 *
 * @throws UsageError if both are given.
 */
export function givenPrompts(
  prompt: readonly string[] | undefined,
  word: string | undefined,
): readonly string[] | undefined {
  if (word === undefined) return prompt;
  if (prompt !== undefined) {
    throw new UsageError(
      `--prompt: expected the prompt once, got ${word} too; a text of several words needs quotes`,
    );
  }
  return [word];
}

/**
 * Encodes the prompts so that the model's context has space for their outputs, and warns about prompts that were cut.
 *
 * @throws RangeError for prompts that are too long, with `--long-prompts refuse`.
 */
export async function planRead(
  { app, flags, output }: DomainCall<{ readonly longPrompts: 'cut' | 'refuse' }>,
  domain: AnyDomain,
  { config, decoder }: Model,
  prompts: readonly ReadPrompt[],
  maxNewTokens: number,
): Promise<PlannedPrompts> {
  const given = prompts.map(({ prompt }) => prompt);
  const planned = planPrompts(app, domain, decoder, given, maxNewTokens);
  const problem = longPrompts(planned);
  if (problem !== undefined && flags.longPrompts === 'refuse') {
    throw new RangeError(
      `longPrompts: expected prompts that leave room for an output in a context of ${config.contextLength}, got longer ones: ${problem}`,
    );
  }
  const warning = cutPromptsWarning(planned, domain, config);
  if (warning !== undefined) await output.warn(warning);
  return planned;
}
