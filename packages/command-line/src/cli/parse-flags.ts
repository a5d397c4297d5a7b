import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { checkSetting, foreignAdvice, type Setting } from '@ramble/core';
import { parseJson } from '@ramble/core/files';
import { type Command, CommanderError } from 'commander';

import { shellQuoted } from '../format/shell-quoted.js';
import { UsageError } from '../verb/exit-errors.js';
import { aliasesOf } from './flag-aliases.js';
import { flagName } from '../verb/flag-name.js';
import type { Flag, Flags } from '../verb/flag.js';
import { missingValue } from './missing-value.js';
import { parseNumber } from '../verb/parse-number.js';
import { modelWord } from '../verb/domain-hint.js';
import { pipedLine, readsLines, unknownFlag } from './unknown-flag.js';
import { allFlags, verbCommand, type VerbShape } from './verb-command.js';

const UNMASKED =
  '--unmasked: expected in inspect alone, for study: a token that sees what comes later cannot write it';

export interface ParsedFlags {
  /** The flags that were typed, by name in camelCase. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly operands: readonly string[];
}

/**
 * Reads the words after a verb.
 *
 * @throws UsageError for an unknown flag, a missing value or one of another kind or range.
 */
export function parseFlags(shape: VerbShape, words: readonly string[]): ParsedFlags {
  const known = allFlags(shape);
  const command = verbCommand(shape)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  const names = Object.keys(known);
  // A parser takes llama.cpp's -ngl for -n with the value gl.
  const lettered = words.findIndex((word) => /^-[a-z]{2,}$/.test(word));
  if (lettered >= 0 && foreignAdvice(words[lettered].slice(1), undefined, names)) {
    throw unknownFlag(words[lettered], words.at(lettered + 1), shape);
  }
  const { operands, unknown } = parseOptions(command, words, shape);
  if (unknown.length > 0) {
    const [flag, value = unknown.at(1)] = unknown[0].split(/=(.*)/s, 2);
    if (flag === '--unmasked') throw new UsageError(UNMASKED); // where people look for it
    if (value !== undefined && isSwitch(flag, known)) {
      throw new UsageError(`${flag}: expected no value, got ${value}${runHint(flag, value)}`);
    }
    throw unknownFlag(flag, value, shape);
  }
  const isOpen = shape.operands.at(-1)?.endsWith('...') === true;
  if (operands.length > shape.operands.length && !isOpen) {
    const extra = operands[shape.operands.length];
    const before = words[words.indexOf(extra) - 1];
    const hasModel = modelWord(words) !== undefined;
    const stray = strayHint(shape, extra, hasModel);
    const hint = runHint(before, extra).replace(/^; (.*)$/, '$1; ') || stray;
    throw new UsageError(
      `${extra}: expected a flag, got a word; ${hint}see ${shape.command} --help`,
    );
  }
  return { given: readGiven(command, known), operands };
}

/** Whether a flag takes no value. */
function isSwitch(flag: string, known: Flags): boolean {
  return Object.entries(known).some(
    ([name, { kind }]) => kind === 'boolean' && flagName(name) === flag,
  );
}

/** The flag that names the run where another program names it after `--resume`. */
function runHint(flag: string | undefined, word: string): string {
  return flag === '--resume' ? `; the run to continue is --out ${shellQuoted(word)}` : '';
}

/** The probable meaning of a word: a model, data, or one more word of a text without quotes. */
function strayHint(shape: VerbShape, word: string, hasModel: boolean): string {
  const known = allFlags(shape);
  if (shape.operands.length === 0) {
    const isRun = word.endsWith('.gguf') || existsSync(join(word, 'run.json'));
    const isModel = 'model' in known && (isRun || !('data' in known)) && !hasModel;
    const isText = !isRun && readsLines(shape);
    const isData = !isModel && 'data' in known;
    return [
      isModel ? `for the model type --model ${shellQuoted(word)}; ` : '',
      isText ? `${shape.waitsFor} go to standard input: ${pipedLine(word, shape)}; ` : '',
      isData ? `for data type --data ${shellQuoted(word)}; ` : '',
    ].join('');
  }
  return `a text of several words needs quotes; ${repeatHint(shape.operands.at(-1), known)}`;
}

/** How several are given of what one word may be: `for several prompts repeat --prompt; `. */
function repeatHint(operand: string | undefined, known: Flags): string {
  const what = operand?.replace(/\W/g, '');
  if (what === undefined) return '';
  const repeating = Object.entries(known).filter(
    ([name, flag]) => name.startsWith(what) && flag.kind === 'list' && flag.repeats,
  );
  const flags = repeating.map(([name]) => flagName(name));
  return flags.length === 0 ? '' : `for several ${what}s repeat ${flags.join(' or ')}; `;
}

/** The values of all flags that were typed, by the names of the settings that they mean. */
function readGiven(command: Command, known: Flags): Readonly<Record<string, unknown>> {
  const given: Record<string, unknown> = {};
  const typedAs: Record<string, string> = {};
  const aliases = aliasesOf(Object.keys(known));
  for (const option of command.options) {
    const typed: unknown = command.getOptionValue(option.attributeName());
    const long = option.negate ? `${option.long}`.replace('--no-', '--') : `${option.long}`;
    const name = aliases.get(long) ?? option.attributeName();
    if (typed === undefined || typedAs[name] === long) continue;
    if (name in typedAs) {
      throw new UsageError(
        `${long}: expected the flag under one of its names, got ${typedAs[name]} too`,
      );
    }
    typedAs[name] = long;
    given[name] = readValue(long, known[name], typed);
  }
  return given;
}

function parseOptions(
  command: ReturnType<typeof verbCommand>,
  words: readonly string[],
  shape: VerbShape,
): { operands: string[]; unknown: string[] } {
  try {
    return command.parseOptions([...words]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander says: error: option '-m, --model <run>' argument missing
    const flag = /--[\w-]+/.exec(error.message)?.[0];
    throw flag === undefined
      ? new UsageError(error.message, { cause: error })
      : missingValue(flag, shape);
  }
}

/** A value from its text, checked. */
function readValue(name: string, flag: Flag, typed: unknown): unknown {
  if (flag.kind === 'list') return typed;
  if (typed === '' && isPath(flag)) {
    throw new UsageError(`${name}: expected a path, got an empty text`);
  }
  return checkValue(name, flag, typeof typed === 'string' ? fromText(name, flag, typed) : typed);
}

/** Whether a flag's value is the path of something. */
function isPath({ placeholder }: Flag): boolean {
  return placeholder !== undefined && /^(file|folder|path|run)\b/.test(placeholder);
}

function fromText(name: string, { kind }: Flag, typed: string): unknown {
  if (kind === 'integer' || kind === 'number') return parseNumber(typed);
  if (kind !== 'object') return typed;
  try {
    return parseJson(typed);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${name}: ${reason}`, { cause: error });
  }
}

/** Checks a value against its setting and returns it. */
export function checkValue(name: string, setting: Setting, value: unknown): unknown {
  try {
    checkSetting(name, setting, value);
    return value;
  } catch (error) {
    throw error instanceof Error ? new UsageError(error.message, { cause: error }) : error;
  }
}
