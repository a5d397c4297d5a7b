import { visibleText } from '@ramble/core/files';
import { createColors } from 'picocolors';

import type { Io } from './io.js';

/**
 * The output of a verb: results on standard output, everything else on standard error. Failures to write to
 * standard error are ignored.
 */
export interface Output {
  /** Whether results are printed as JSON. */
  readonly isJson: boolean;
  /**
   * Writes a part of a result: text as it grows, or bytes. A file or a pipe receives it unchanged; on a
   * terminal control characters of text become visible.
   *
   * @param style - Colours text, if the output has colour.
   */
  write(chunk: string | Uint8Array, style?: (text: string) => string): Promise<void>;
  /** Prints a line of the result. */
  print(line: string): Promise<void>;
  /** Prints the result as one line of JSON. */
  printJson(value: unknown): Promise<void>;
  /** Prints a line about the work, unless `--quiet` is given. */
  note(line: string): Promise<void>;
  /**
   * Prints a warning to the user.
   *
   * @param evenQuiet - Whether to print it with `--quiet` too, because a result differs from the request.
   */
  warn(line: string, evenQuiet?: boolean): Promise<void>;
  /**
   * Shows the current activity. A terminal redraws it in place, and `''` removes it. Without a terminal, it is printed
   * as a line after each half minute without other output.
   */
  progress(text: string): void;
  /** Whether every call of `progress` is visible, as on a terminal. If not, call `note` at the main steps instead. */
  readonly showsProgress: boolean;
}

/** Silence in milliseconds after which `progress` is printed to a pipe. */
const SILENCE_MS = 30_000;

export function createOutput(
  io: Io,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
): Output {
  const { yellow } = createColors(io.stderr.hasColour);
  const showsProgress = io.stderr.isTerminal && !quiet;
  let drawn = '';
  let saidAt = io.clock.now();
  /** Writes a line above the drawn lines. */
  const say = async (line: string, evenQuiet = false): Promise<void> => {
    if (quiet && !evenQuiet) return;
    saidAt = io.clock.now();
    if (drawn !== '') io.draw('');
    await io.stderr.write(`${line}\n`).catch(() => undefined);
    if (drawn !== '') io.draw(drawn);
  };
  const write: Output['write'] = (chunk, style = (text) => text) => {
    if (typeof chunk !== 'string') return io.stdout.write(chunk);
    return io.stdout.write(style(io.stdout.isTerminal ? terminalText(chunk) : chunk));
  };
  return {
    isJson: json,
    write,
    print: (line) => write(`${line}\n`),
    printJson: (value) => write(`${JSON.stringify(value)}\n`),
    note: (line) => say(visibleText(line)),
    warn: (line, evenQuiet) => say(`${yellow('warning:')} ${visibleText(line)}`, evenQuiet),
    progress: (given) => {
      const text = visibleText(given);
      if (showsProgress) {
        if (text !== drawn) io.draw(text);
        drawn = text;
      } else if (text !== '' && io.clock.now() - saidAt >= SILENCE_MS) {
        void say(text);
      }
    },
    showsProgress,
  };
}

/**
 * Control characters that a terminal obeys, except line ends, tabs, and carriage returns, which precede the
 * line ends of some texts.
 */
// eslint-disable-next-line no-control-regex -- they are what it looks for
const CONTROLS = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f]/g;

/**
 * Makes the text of a model or a file safe for a terminal: characters that would move the cursor, set the title or
 * send input become escapes, such as `\u001b`. Letters of all scripts are unchanged.
 */
export function terminalText(text: string, controls = CONTROLS): string {
  return text.replace(
    controls,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Returns a callback that prints a warning `repaired: …`, for readers that repair damaged files. */
export function tellRepairs({ warn }: Pick<Output, 'warn'>): (repair: string) => void {
  return (repair) => void warn(`repaired: ${repair}`);
}
