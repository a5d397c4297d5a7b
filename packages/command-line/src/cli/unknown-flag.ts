import { existsSync } from 'node:fs';

import { foreignAdvice, nearestName } from '@ramble/core';

import { shellQuoted } from '../format/shell-quoted.js';
import { UsageError } from '../verb/exit-errors.js';
import { flagName } from '../verb/flag-name.js';
import { allFlags, type VerbShape } from './verb-command.js';

/**
 * `--do-sample: unknown flag. Use --method random instead`: what another program's flag is here, else the
 * `train` that it belongs to, else a known one that is spelled much like it, else where all are listed.
 *
 * @param value - The word after the flag, if any.
 * @param shape - The verb that does not have it.
 */
export function unknownFlag(flag: string, value: string | undefined, shape: VerbShape): UsageError {
  return new UsageError(`${flag}: unknown flag. ${hintOf(flag, value, shape)}`);
}

/** Flags that hold a text, or name the file of one, where a verb takes one. */
const TEXT_FLAGS = ['--prompt', '-p', '--message', '--text', '--input', '--question'];
const FILE_FLAGS = ['--file', '-f', '--prompt-file', '--input-file'];

/** Whether all that a verb reads, except its model, comes from standard input. */
export function readsLines({ waitsFor, operands, flags }: VerbShape): boolean {
  return waitsFor !== undefined && operands.length === 0 && !('data' in flags || 'prompt' in flags);
}

/** A command that reads a text from standard input: `echo hi | ramble text chat …`; for a file `… < questions.txt`. */
export function pipedLine(text = 'TEXT', { command }: VerbShape): string {
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
