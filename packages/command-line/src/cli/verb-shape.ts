import type { AnyApp } from '@ramble/core';

import { UsageError } from '../verb/exit-errors.js';
import { COMMON_FLAGS, flagName, type Flags } from '../verb/flag.js';
import { settingFlags } from './find-settings.js';
import {
  type DomainProgram,
  type DomainVerb,
  type PlainProgram,
  type PlainVerb,
  shellQuoted,
} from '../verb/verb.js';
import type { VerbShape } from './verb-command.js';
import { helpExamplesFeature, huggingFaceFeature } from '../verb/app-features.js';

/** Name of a small published instruct model, as an example in hints. */
const PUBLISHED = 'smollm2-135m-instruct';

interface Making {
  /** Command that makes a run, without `ramble`; `DOMAIN` is a placeholder. */
  readonly firstExample: string;
}

/**
 * Returns the shape of a verb without a domain; `command` has the words before it, `firstExample` is a command
 * that makes a run.
 */
export function plainShape(
  { name, summary, examples }: PlainVerb,
  { operands = [], flags, waitsFor }: PlainProgram<object>,
  { command, firstExample }: Making & { readonly command: string },
): VerbShape {
  return {
    command: `${command} ${name}`,
    summary,
    examples: examples.map((example) => `ramble ${example}`),
    operands,
    flags: flags as Flags, // a table of flags with any values
    groups: [],
    runs: { makesRun: `ramble ${firstExample.replace('DOMAIN', 'text')}`, imports: PUBLISHED },
    waitsFor,
  };
}

/** Returns the shape of a verb of a domain; `word` is the name of the domain as it was typed. */
export function domainShape(
  { name, summary, examples, needs }: DomainVerb,
  program: DomainProgram<object>,
  app: AnyApp,
  { word, firstExample }: Making & { readonly word: string },
): VerbShape {
  const command = `ramble ${shellQuoted(word)}`;
  const groups = program.settings?.(app) ?? [];
  const presets = program.presets?.(app) ?? {};
  return {
    command: `${command} ${name}`,
    summary,
    examples:
      helpExamplesFeature.of(app)?.[name]?.map((example) => `${command} ${name} ${example}`) ??
      examples.map((example) => `ramble ${example.replace('DOMAIN', word)}`),
    operands: program.operands ?? [],
    flags: { ...program.flags, ...settingFlags(groups, presets) },
    groups,
    refused: program.refused?.(app),
    train: { command: `${command} train`, flags: Object.keys(app.options).map(flagName) },
    runs: {
      domain: app.name,
      // A trained run may not have what the verb needs, such as a chat template.
      makesRun: needs ? undefined : makesRun(command, app, firstExample),
      imports: huggingFaceFeature.of(app) && PUBLISHED,
    },
    optional: program.optional?.(app),
    waitsFor: program.waitsFor,
  };
}

/** Returns a command that makes a run of an app: the app's first example of `train`, or else a general command. */
function makesRun(command: string, app: AnyApp, firstExample: string): string {
  const examples = new Map(Object.entries(helpExamplesFeature.of(app) ?? {}));
  const own = examples.get('train')?.at(0);
  if (own !== undefined) return `${command} train ${own}`;
  const isText = huggingFaceFeature.of(app) !== undefined; // the first example has a text
  return isText
    ? `${command} ${firstExample.replace('DOMAIN ', '')}`
    : `${command} train --data FILE --out runs/NAME`;
}

/**
 * Checks that no flag of a verb is declared twice: an app's settings could repeat a common flag.
 *
 * @throws UsageError that names the first flag that is declared twice.
 */
export function checkNames({
  command,
  flags,
  groups,
}: Pick<VerbShape, 'command' | 'flags' | 'groups'>): void {
  const known = new Set([...Object.keys(flags), ...Object.keys(COMMON_FLAGS)]);
  for (const { title, settings } of groups) {
    for (const name of Object.keys(settings)) {
      if (known.has(name)) {
        throw new UsageError(
          `${command}: expected settings of ${title} whose names are not flags already, got ${name} (${flagName(name)})`,
        );
      }
      known.add(name);
    }
  }
}
