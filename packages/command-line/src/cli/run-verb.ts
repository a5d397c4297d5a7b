import type { AnyApp } from '@ramble/core';
import type { Engine } from '@ramble/core/engine';

import {
  type AppEntry,
  type Call,
  type DomainVerb,
  type PlainVerb,
  shellQuoted,
} from '../verb/verb.js';
import { AgreedError, InterruptedError, TeamError, UsageError } from '../verb/exit-errors.js';
import { flagName, type Flags, nameFlags, subjectOf, type Values } from '../verb/flag.js';
import type { Io } from '../verb/io.js';
import { createOutput } from '../verb/output.js';
import { findSettings } from './find-settings.js';
import type { HelpForm } from './help-layout.js';
import { missingValue } from './missing-value.js';
import { type TypedVerb, withForeignModels } from './open-foreign.js';
import { parseFlags } from './parse-flags.js';
import { allFlags, verbHelp, type VerbShape } from './verb-command.js';
import { checkNames, domainShape, plainShape } from './verb-shape.js';

/** Context of a verb: everything except its own words. */
export interface CommandContext {
  readonly engines: readonly Engine[];
  readonly apps: readonly AppEntry[];
  /** Path of the folder with the web page of the Explorer, which the verb `explore` serves. */
  readonly page?: string;
  readonly io: Io;
  readonly help: HelpForm;
  /** Command that makes a run, without `ramble`; `DOMAIN` is a placeholder. */
  readonly firstExample: string;
}

/**
 * Runs a verb that has no domain.
 *
 * @param command - The words before the verb: `ramble`, or `ramble metrics`.
 */
export async function runPlainVerb(
  verb: PlainVerb,
  command: string,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const program = await verb.load();
  const shape = plainShape(verb, program, { ...context, command });
  const typed = command.replace(/^ramble/, () => context.io.program ?? 'ramble');
  const parsed = { shape, words, command: typed };
  await runParsed(parsed, context, (call) => program.run(call));
}

/** The app that a command names, such as `text` or `./chess.js`. */
export interface NamedDomain {
  /** The domain as the user typed it: a name, a path or a package. */
  readonly word: string;
  /** The app, or only the part of it (`DeclaredApp`) that the flags and the help need. */
  readonly declared: AnyApp;
  readonly load: () => Promise<AnyApp>;
}

/** Runs a verb (a subcommand such as `train`) with the app that its command names (such as `text`). */
export async function runDomainVerb(
  verb: DomainVerb,
  { declared, word, load }: NamedDomain,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const program = await verb.load();
  const command = `${context.io.program ?? 'ramble'} ${shellQuoted(word)}`;
  const shape = domainShape(verb, program, declared, { ...context, word });
  checkNames(shape);
  const typed = async (): Promise<TypedVerb> => ({ app: await load(), verb, words });
  await runParsed({ shape, words, command, typed }, context, async (call, given) => {
    const app = await load();
    const settings = await findSettings(given, shape.groups, program.presets?.(app) ?? {});
    await program.run({ ...call, ...settings, app }).catch(async (error: unknown) => {
      if (error instanceof UsageError) throw error;
      const { adviseDomain } = await import('./run-advice.js'); // only now: it is slow to load
      const hasZeroShot = shape.groups.some((group) => 'zeroShot' in group.settings);
      throw adviseDomain(error, { app, verb, words, hasZeroShot }, context.apps);
    });
  });
}

/** A verb, as the user typed it. */
interface Parsed {
  readonly shape: VerbShape;
  /** The words after the verb's name. */
  readonly words: readonly string[];
  /** The words before the verb's name, for hints: `ramble text`. */
  readonly command: string;
  /** Loads the app of the verb, if it has a domain. */
  readonly typed?: () => Promise<TypedVerb>;
}

async function runParsed(
  { shape, words, command, typed }: Parsed,
  { io, help, ...context }: CommandContext,
  run: (call: Call<object>, given: Values) => Promise<void>,
): Promise<void> {
  const isHelpWord = words.length === 1 && words[0] === 'help' && shape.operands.length === 0;
  const { given, operands } = parseFlags(shape, isHelpWord ? ['--help'] : words);
  if (given.help === true || given.helpAll === true) {
    await io.stdout.write(verbHelp(shape, { ...help, isFull: given.helpAll === true }));
    return;
  }
  checkOperands(shape, operands);
  const output = createOutput(io, { json: given.json === true, quiet: given.quiet === true });
  try {
    const own = { flags: shape.flags, values: fillIn(shape, given) };
    const around = { ...context, io, output };
    const flags = await withForeignModels(own, given, await typed?.(), around);
    const call = { ...context, flags, operands, command, output };
    await run({ ...call, io: { ...io, stdin: announcedInput(io, shape.waitsFor) } }, given);
  } catch (error) {
    throw withFlagNames(await withAdvice(error, shape.flags, given), Object.keys(allFlags(shape)));
  } finally {
    output.progress('');
  }
}

/** Adds advice to the error that a run is missing, if the flag that names the run accepts any model. */
async function withAdvice(error: unknown, flags: Flags, given: Values): Promise<unknown> {
  if (error instanceof UsageError) return error;
  const { adviseRun } = await import('./run-advice.js'); // only now: it is slow to load
  return adviseRun(error, (place) =>
    Object.entries(flags).some(
      ([name, flag]) => flag.names === 'model' && [given[name]].flat().includes(place),
    ),
  );
}

function checkOperands({ command, operands }: VerbShape, given: readonly string[]): void {
  const missing = operands.at(given.length);
  if (given.length < operands.length && missing !== undefined && !missing.startsWith('[')) {
    throw new UsageError(`${command}: expected ${missing}, got nothing`);
  }
}

/** Returns the values of a verb's own flags, with defaults for the flags that were not typed. */
function fillIn(shape: VerbShape, given: Values): Values {
  const { flags, optional = [] } = shape;
  const values = Object.entries(flags).map(([name, flag]) => {
    const value = given[name] ?? ('default' in flag ? flag.default : undefined);
    if (value === undefined && flag.derived === undefined && !optional.includes(name)) {
      throw missingValue(flagName(name), shape);
    }
    return [name, value];
  });
  return Object.fromEntries(values) as Record<string, unknown>; // checked when they were parsed
}

/**
 * Replaces the names of settings in an error by the flags as typed; an error about a flag's value becomes a
 * `UsageError`.
 */
function withFlagNames(error: unknown, names: readonly string[]): unknown {
  if (error instanceof AgreedError) {
    return new AgreedError(withFlagNames(error.cause, names), error.isReporter);
  }
  if (error instanceof TeamError && error.cause instanceof AgreedError) {
    return new TeamError(withFlagNames(error.cause, names), error.end);
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

/** Key that ends the input at a terminal. */
const END_KEY = process.platform === 'win32' ? 'Ctrl-Z and Enter' : 'Ctrl-D';

/**
 * Wraps standard input. Before it waits for someone to type, it prints the name of the input and the key that ends
 * it. Ctrl-C during the wait stops the command at once.
 *
 * @param waitsFor - Name of the input: `prompts`.
 * @throws InterruptedError on Ctrl-C.
 */
export function announcedInput(
  io: Pick<Io, 'stdin' | 'stderr' | 'keys' | 'onInterrupt'>,
  waitsFor = 'input',
): AsyncIterable<Uint8Array> {
  if (!io.keys) return io.stdin; // nobody types
  return {
    [Symbol.asyncIterator]: async function* () {
      await io.stderr.write(
        `waiting for ${waitsFor} on standard input: ${END_KEY} on a new line ends it, Ctrl-C stops\n`,
      );
      const reader = io.stdin[Symbol.asyncIterator]();
      let stop: (() => void) | undefined;
      const stopped = new Promise<undefined>((resolve) => {
        stop = () => resolve(undefined);
      });
      const forget = io.onInterrupt(() => stop?.());
      try {
        for (;;) {
          const next = await Promise.race([reader.next(), stopped]);
          if (!next) throw new InterruptedError('stopped');
          if (next.done === true) return;
          yield next.value;
        }
      } finally {
        forget();
      }
    },
  };
}
