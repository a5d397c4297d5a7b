import { existsSync } from 'node:fs';

import { checkSetting, foreignAdvice, nearestName, type Setting } from '@ramble/core/app';
import { messageOf, parseJson } from '@ramble/core/files';
import { type Command, CommanderError } from 'commander';

import { modelWord, shellQuoted } from '../verb/verb.js';
import { UsageError } from '../verb/exit-errors.js';
import { type Flag, flagName, type Flags, parseNumber, type Values } from '../verb/flag.js';
import { aliasesOf, allFlags, verbCommand, type VerbShape } from './verb-command.js';
import { missingValue } from './missing-value.js';
import { isRun } from './runs-here.js';

const UNMASKED =
  '--unmasked: expected in inspect alone, for study: a token that sees what comes later cannot write it';

export interface ParsedFlags {
  /** Values of the flags that were typed, by the flag's name in camelCase. */
  readonly given: Values;
  readonly operands: readonly string[];
}

/**
 * Reads the words after a verb.
 *
 * @throws UsageError for an unknown flag, or a value that is missing, of the wrong kind or out of range.
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
    if (flag === '--unmasked') throw new UsageError(UNMASKED); // the place where users look for it
    if (value !== undefined && isSwitch(flag, known)) {
      throw new UsageError(`${flag}: expected no value, got ${value}${runHint(flag, value)}`);
    }
    throw unknownFlag(flag, value, shape);
  }
  const isOpen = shape.operands.at(-1)?.endsWith('...') === true;
  if (operands.length > shape.operands.length && !isOpen) {
    const hasModel = modelWord(words) !== undefined;
    const run = hasModel || !('model' in known) ? undefined : operands.find(isModel);
    const extra = run ?? operands[shape.operands.length];
    const before = words[words.indexOf(extra) - 1];
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

/**
 * Returns the hint that `--out` names the run, if its path was typed after `--resume`, as in other programs;
 * otherwise an empty string.
 */
function runHint(flag: string | undefined, word: string): string {
  return flag === '--resume' ? `; the run to continue is --out ${shellQuoted(word)}` : '';
}

/**
 * Returns a hint on the probable meaning of an unexpected word: a model, data, or a further word of an unquoted text.
 */
function strayHint(shape: VerbShape, word: string, hasModel: boolean): string {
  const known = allFlags(shape);
  if (shape.operands.length === 0 || isModel(word)) {
    const forModel = 'model' in known && (isModel(word) || !('data' in known)) && !hasModel;
    const isText = !isModel(word) && readsLines(shape);
    const isData = !forModel && 'data' in known;
    return [
      forModel ? `for the model type --model ${shellQuoted(word)}; ` : '',
      isText ? `${shape.waitsFor} go to standard input: ${pipedLine(word, shape)}; ` : '',
      isData ? `for data type --data ${shellQuoted(word)}; ` : '',
    ].join('');
  }
  return `a text of several words needs quotes; ${repeatHint(shape.operands.at(-1), known)}`;
}

/** Whether a word is the path of a model: of a run, or of a GGUF file. */
function isModel(word: string): boolean {
  return word.endsWith('.gguf') || isRun(word);
}

/**
 * Returns a hint to repeat a flag in place of further operands, such as `for several prompts repeat --prompt; `; an
 * empty string if no such flag exists.
 */
function repeatHint(operand: string | undefined, known: Flags): string {
  const what = operand?.replace(/\W/g, '');
  if (what === undefined) return '';
  const repeating = Object.entries(known).filter(
    ([name, flag]) => name.startsWith(what) && flag.kind === 'list' && flag.repeats,
  );
  const flags = repeating.map(([name]) => flagName(name));
  return flags.length === 0 ? '' : `for several ${what}s repeat ${flags.join(' or ')}; `;
}

/** Returns the values of all typed flags, by the flag's name in camelCase. */
function readGiven(command: Command, known: Flags): Values {
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
    // the message of commander: error: option '-m, --model <run>' argument missing
    const flag = /--[\w-]+/.exec(error.message)?.[0];
    throw flag === undefined
      ? new UsageError(error.message, { cause: error })
      : missingValue(flag, shape);
  }
}

/** Parses the typed value of a flag, and checks that it fits the flag's kind and range. */
function readValue(name: string, flag: Flag, typed: unknown): unknown {
  if (flag.kind === 'list') return typed;
  if (typed === '' && isPath(flag)) {
    throw new UsageError(`${name}: expected a path, got an empty text`);
  }
  return checkValue(name, flag, typeof typed === 'string' ? fromText(name, flag, typed) : typed);
}

/** Whether a flag's value is a path, judged by its placeholder, such as `file`. */
function isPath({ placeholder }: Flag): boolean {
  return placeholder !== undefined && /^(file|folder|path|run)\b/.test(placeholder);
}

function fromText(name: string, { kind }: Flag, typed: string): unknown {
  if (kind === 'integer' || kind === 'number') return parseNumber(typed);
  if (kind !== 'object') return typed;
  try {
    return parseJson(typed);
  } catch (error) {
    const reason = messageOf(error);
    throw new UsageError(`${name}: ${reason}`, { cause: error });
  }
}

/** Returns a value after checking it against its setting; throws a UsageError if it does not fit. */
export function checkValue(name: string, setting: Setting, value: unknown): unknown {
  try {
    checkSetting(name, setting, value);
    return value;
  } catch (error) {
    throw error instanceof Error ? new UsageError(error.message, { cause: error }) : error;
  }
}

/**
 * Returns the error of an unknown flag, such as `--do-sample: unknown flag. Use --method random instead`. It suggests
 * the equivalent of another program's flag, or else the `train` command if that has the flag, a flag of similar
 * spelling, or the help.
 *
 * @param value - The word after the flag, if any.
 * @param shape - The verb, which does not have the flag.
 */
function unknownFlag(flag: string, value: string | undefined, shape: VerbShape): UsageError {
  return new UsageError(`${flag}: unknown flag. ${hintOf(flag, value, shape)}`);
}

/** Flags by which users try to give a text to a verb that reads its texts only from standard input. */
const TEXT_FLAGS = ['--prompt', '-p', '--message', '--text', '--input', '--question'];
const FILE_FLAGS = ['--file', '-f', '--prompt-file', '--input-file'];

/** Whether a verb reads its input only from standard input: it has no operands, and no flags for data or a prompt. */
function readsLines({ waitsFor, operands, flags }: VerbShape): boolean {
  return waitsFor !== undefined && operands.length === 0 && !('data' in flags || 'prompt' in flags);
}

/**
 * Returns a command that passes a text to standard input (`echo hi | ramble text chat …`), or a file if `text` is its
 * path.
 */
function pipedLine(text = 'TEXT', { command }: VerbShape): string {
  const word = shellQuoted(text);
  return existsSync(text) ? `${command} … < ${word}` : `echo ${word} | ${command} …`;
}

function hintOf(flag: string, value: string | undefined, shape: VerbShape): string {
  const { command, train } = shape;
  const flags = Object.entries(allFlags(shape));
  const basicFirst = flags.sort(([, a], [, b]) => Number(b.basic ?? 0) - Number(a.basic ?? 0));
  const known = basicFirst.map(([name]) => name);
  const advice = foreignAdvice(flag.replace(/^-+/, ''), value, known);
  if (advice) {
    const { say, because } = advice;
    const hint = say === undefined ? 'Leave it out' : `Use ${say} instead`;
    return because === undefined ? hint : `${hint}: ${because}`;
  }
  if (train?.flags.includes(flag)) return `It is a flag of ${train.command}`;
  if (FILE_FLAGS.includes(flag) && readsLines(shape)) {
    return `Write ${shape.waitsFor} to standard input: ${command} … < ${shellQuoted(value ?? 'FILE')}`;
  }
  if (TEXT_FLAGS.includes(flag) && readsLines(shape)) {
    return `Write ${shape.waitsFor} to standard input: ${pipedLine(value, shape)}`;
  }
  const nearest = nearestName(flag, known.map(flagName));
  return nearest ? `Did you mean ${nearest}?` : `See ${command} --help`;
}
