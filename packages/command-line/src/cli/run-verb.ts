import type { AnyApp, Engine } from '@ramble/core';
import { RunDomainError } from '@ramble/runs';

import { adviseImport } from './advise-import.js';
import { announcedInput } from './announced-input.js';
import { checkNames } from './check-names.js';
import { AgreedError, RankError, UsageError } from '../verb/exit-errors.js';
import { domainHint } from '../verb/domain-hint.js';
import type { AppEntry } from '../verb/app-entry.js';
import { flagName, nameFlags, subjectOf } from '../verb/flag-name.js';
import { shellQuoted } from '../format/shell-quoted.js';
import { findSettings } from './find-settings.js';
import type { Io } from '../verb/io.js';
import { createOutput } from '../verb/output.js';
import { parseFlags } from './parse-flags.js';
import { allFlags, verbCommand, type VerbShape } from './verb-command.js';
import { domainShape, plainShape } from './verb-shape.js';
import type { Call, DomainVerb, PlainVerb } from '../verb/verb.js';

/** Everything that a verb is called with except its own words. */
export interface Surroundings {
  readonly engines: readonly Engine[];
  readonly apps: readonly AppEntry[];
  /** The folder of the Explorer's page. */
  readonly page?: string;
  readonly io: Io;
}

/**
 * Runs a verb that has no domain.
 *
 * @param command - The words before it: `ramble`, or `ramble metrics`.
 */
export async function runPlainVerb(
  verb: PlainVerb,
  command: string,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<void> {
  const program = await verb.load();
  const shape = plainShape(verb, program, command);
  await runParsed(shape, words, command, surroundings, (call) => program.run(call));
}

/** Runs a verb of a domain. */
export async function runDomainVerb(
  verb: DomainVerb,
  { app, word }: { readonly app: AnyApp; readonly word: string },
  words: readonly string[],
  surroundings: Surroundings,
): Promise<void> {
  const program = await verb.load();
  const command = `ramble ${shellQuoted(word)}`;
  const shape = domainShape(verb, program, app, word);
  checkNames(shape);
  await runParsed(shape, words, command, surroundings, async (call, given) => {
    const settings = await findSettings(given, shape.groups, program.presets?.(app) ?? {});
    await program.run({ ...call, ...settings, app }).catch((error: unknown) => {
      if (!(error instanceof RunDomainError) || error.domain === app.name) throw error;
      const hint = domainHint(error.domain, verb.name, surroundings.apps);
      const hasFlag = shape.groups.some((group) => 'zeroShot' in group.settings);
      const isAskable = hasFlag && error.domain === app.zeroShot?.domain;
      const also = isAskable ? ', or ask this model with --zero-shot' : '';
      throw new Error(`${error.message}; ${hint}${also}`, { cause: error });
    });
  });
}

async function runParsed(
  shape: VerbShape,
  words: readonly string[],
  command: string,
  { io, ...surroundings }: Surroundings,
  run: (call: Call<object>, given: Readonly<Record<string, unknown>>) => Promise<void>,
): Promise<void> {
  const { given, operands } = parseFlags(shape, words);
  if (given.help === true) {
    await io.stdout.write(helpOf(shape));
    return;
  }
  checkOperands(shape, operands);
  const output = createOutput(io, { json: given.json === true, quiet: given.quiet === true });
  try {
    const flags = fillIn(shape, given);
    const call = { ...surroundings, flags, operands, command, output };
    await run({ ...call, io: { ...io, stdin: announcedInput(io, shape.waitsFor) } }, given);
  } catch (error) {
    throw withFlagNames(await adviseImport(error), Object.keys(allFlags(shape)));
  } finally {
    output.progress('');
  }
}

function helpOf(shape: VerbShape): string {
  let text = '';
  const command = verbCommand(shape).configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

function checkOperands({ command, operands }: VerbShape, given: readonly string[]): void {
  const missing = operands.at(given.length);
  if (given.length < operands.length && missing !== undefined && !missing.startsWith('[')) {
    throw new UsageError(`${command}: expected ${missing}, got nothing`);
  }
}

/** The values of a verb's own flags, with defaults. */
function fillIn(
  { flags, optional = [] }: VerbShape,
  given: Readonly<Record<string, unknown>>,
): object {
  const values = Object.entries(flags).map(([name, flag]) => {
    const value = given[name] ?? ('default' in flag ? flag.default : undefined);
    if (value === undefined && flag.derived === undefined && !optional.includes(name)) {
      throw new UsageError(`${flagName(name)}: expected a value, got nothing`);
    }
    return [name, value];
  });
  return Object.fromEntries(values) as object; // checked when they were parsed
}

/** Names the settings of an error as they are typed; an error about a flag's value is wrong usage. */
function withFlagNames(error: unknown, names: readonly string[]): unknown {
  if (error instanceof AgreedError) {
    return new AgreedError(withFlagNames(error.cause, names), error.isTold);
  }
  if (error instanceof RankError && error.cause instanceof AgreedError) {
    return new RankError(withFlagNames(error.cause, names), error.end);
  }
  if (!(error instanceof Error) || error instanceof UsageError) return error;
  const subject = subjectOf(error.message);
  const isUsage =
    (error instanceof RangeError || error instanceof TypeError) &&
    subject !== undefined &&
    names.includes(subject);
  const message = nameFlags(error.message, names);
  if (isUsage) return new UsageError(message, { cause: error });
  error.message = message;
  return error;
}
