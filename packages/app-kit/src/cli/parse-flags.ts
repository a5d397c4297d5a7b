import { checkSetting, type Setting } from '@ramble/core';
import { CommanderError } from 'commander';

import { UsageError } from './exit-errors.js';
import { flagName } from './flag-name.js';
import type { Flag } from './flag.js';
import { parseNumber } from './parse-number.js';
import { unknownName } from './unknown-name.js';
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
  const { operands, unknown } = parseOptions(command, words);
  if (unknown.length > 0) {
    const [flag] = unknown[0].split('=', 1);
    if (flag === '--unmasked') throw new UsageError(UNMASKED); // where people look for it
    throw unknownName(flag, 'flag', Object.keys(known).map(flagName));
  }
  const isOpen = shape.operands.at(-1)?.endsWith('...') === true;
  if (operands.length > shape.operands.length && !isOpen) {
    const extra = operands[shape.operands.length];
    throw new UsageError(`${extra}: expected a flag, got a word; see ${shape.command} --help`);
  }
  const given: Record<string, unknown> = {};
  for (const [name, typed] of Object.entries(command.opts<Record<string, unknown>>())) {
    given[name] = readValue(flagName(name), known[name], typed);
  }
  return { given, operands };
}

function parseOptions(
  command: ReturnType<typeof verbCommand>,
  words: readonly string[],
): { operands: string[]; unknown: string[] } {
  try {
    return command.parseOptions([...words]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander says: error: option '--n-head <n>' argument missing
    const flag = /'(--[\w-]+)/.exec(error.message)?.[1];
    throw flag === undefined
      ? new UsageError(error.message, { cause: error })
      : new UsageError(`${flag}: expected a value, got nothing`, { cause: error });
  }
}

/** A value from its text, checked. */
function readValue(name: string, flag: Flag, typed: unknown): unknown {
  if (flag.kind === 'list') return typed;
  const value =
    typeof typed === 'string' && (flag.kind === 'integer' || flag.kind === 'number')
      ? parseNumber(typed)
      : typed;
  return checkValue(name, flag, value);
}

/** The value when the setting allows it. */
export function checkValue(name: string, setting: Setting, value: unknown): unknown {
  try {
    checkSetting(name, setting, value);
    return value;
  } catch (error) {
    throw error instanceof Error ? new UsageError(error.message, { cause: error }) : error;
  }
}
