import type { AnyApp } from '@ramble/core';

import { flagName } from '../verb/flag-name.js';
import { settingFlags } from './find-settings.js';
import type { Flags } from '../verb/flag.js';
import { shellQuoted } from '../format/shell-quoted.js';
import type { VerbShape } from './verb-command.js';
import type { DomainProgram, DomainVerb, PlainProgram, PlainVerb } from '../verb/verb.js';

/** The shape of a verb without a domain; `command` is the words before it. */
export function plainShape(
  { name, summary, examples }: PlainVerb,
  { operands = [], flags, waitsFor }: PlainProgram<object>,
  command: string,
): VerbShape {
  return {
    command: `${command} ${name}`,
    summary,
    examples: examples.map((example) => `ramble ${example}`),
    operands,
    flags: flags as Flags, // a table of flags, whatever its values are
    groups: [],
    waitsFor,
  };
}

/** The shape of a verb of a domain; `word` is the name of the domain as it was typed. */
export function domainShape(
  { name, summary, examples }: DomainVerb,
  program: DomainProgram<object>,
  app: AnyApp,
  word: string,
): VerbShape {
  const command = `ramble ${shellQuoted(word)}`;
  const groups = program.settings?.(app) ?? [];
  const presets = program.presets?.(app) ?? {};
  return {
    command: `${command} ${name}`,
    summary,
    examples:
      app.helpExamples?.[name]?.map((example) => `${command} ${name} ${example}`) ??
      examples.map((example) => `ramble ${example.replace('DOMAIN', word)}`),
    operands: program.operands ?? [],
    flags: { ...program.flags, ...settingFlags(groups, presets) },
    groups,
    refused: program.refused?.(app),
    train: { command: `${command} train`, flags: Object.keys(app.options).map(flagName) },
    optional: program.optional?.(app),
    waitsFor: program.waitsFor,
  };
}
