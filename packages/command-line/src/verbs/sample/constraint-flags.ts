import { type AnyDomain, decodeText, type Grammar } from '@ramble/core';
import { messageOf, parseJson } from '@ramble/core/files';
import { type ConstraintSource, createConstraint } from '@ramble/language/constraints';

import { findContent } from '../../content/read-content.js';
import { UsageError } from '../../verb/exit-errors.js';
import { flagName, type Flags, type FlagValues, OPTIONAL_FILE } from '../../verb/flag.js';
import type { DomainCall } from '../../verb/verb.js';

/** Flags for the texts that an output may have. */
export const CONSTRAINT_FLAGS = {
  jsonSchema: {
    ...OPTIONAL_FILE,
    basic: true,
    description: 'File of a JSON Schema, or the schema itself; the output is JSON that it accepts.',
  },
  regex: {
    kind: 'string',
    placeholder: 'pattern',
    derived: 'none',
    description: 'A regular expression of JavaScript that the whole output matches.',
  },
  grammarFile: {
    ...OPTIONAL_FILE,
    description: "File of a grammar in llama.cpp's GBNF; the output is a text of its rule root.",
  },
} as const satisfies Flags;

type ConstraintFlags = FlagValues<typeof CONSTRAINT_FLAGS>;

/** Names of the flags; at most one is given. */
const NAMES = Object.keys(CONSTRAINT_FLAGS) as (keyof typeof CONSTRAINT_FLAGS)[];

/**
 * Returns the constraint that the flags request, for outputs of a domain.
 *
 * @throws UsageError that names the flag for two constraints, for a mistake in one, and for outputs that are not text.
 */
export async function readConstraint(
  { flags, io }: Pick<DomainCall<ConstraintFlags>, 'flags' | 'io'>,
  domain: AnyDomain,
): Promise<Grammar<unknown> | undefined> {
  const given = NAMES.filter((each) => flags[each] !== undefined);
  const name = given.at(0);
  const word = name && flags[name];
  if (name === undefined || word === undefined) return undefined;
  const other = given.at(1);
  if (other !== undefined) {
    throw new UsageError(
      `${flagName(other)}: expected nothing with ${flagName(name)}, got a value`,
    );
  }
  const { content, place } =
    name === 'regex'
      ? { content: undefined, place: undefined }
      : await findContent(word, name === 'jsonSchema' ? ['.json'] : ['.gbnf', '.txt'], io.stdin);
  try {
    const text = content ? decodeText(place ?? name, content) : word;
    const source: ConstraintSource =
      name === 'regex'
        ? { regex: text }
        : name === 'jsonSchema'
          ? { jsonSchema: parseJson(text) }
          : { grammar: text };
    return createConstraint(domain, source);
  } catch (error) {
    const where = place === undefined ? '' : `${place}: `;
    const message = messageOf(error).replace(/^(regex|constraint): /, '');
    throw new UsageError(`${flagName(name)}: ${where}${message}`, { cause: error });
  }
}
