import type { AnyDomain, AnyApp } from '@ramble/core';
import { unquoted } from '@ramble/core/files';

import { UsageError } from '../../verb/exit-errors.js';
import type { Flags, FlagValues } from '../../verb/flag.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { encodePlaced, findContent } from '../../content/read-content.js';
import { parsePrompt } from '../../content/prompt-flags.js';
import { tellRepairs } from '../../verb/output.js';
import {
  FIELDS_FLAG,
  findGivenData,
  PARALLEL_FLAGS,
  refusedFields,
  refusedParallel,
} from '../../data/data-flags.js';
import { encoderOf } from '../../data/conversations.js';
import { readData } from '../../data/read-data.js';
import { formatCount } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';
import {
  DOMAIN_FLAGS,
  domainSettings,
  openDomain,
  SPECIAL_TOKENS_FLAG,
} from '../../model/open-model.js';

const FLAGS = {
  ...DOMAIN_FLAGS,
  ...SPECIAL_TOKENS_FLAG,
  data: {
    kind: 'list',
    basic: true,
    derived: 'none',
    description: 'Files, folders or corpora of examples, each encoded as for training.',
  },
  ...FIELDS_FLAG,
  ...PARALLEL_FLAGS,
} as const satisfies Flags;

export type EncodeFlags = FlagValues<typeof FLAGS>;

/**
 * `encode`: prints the token ids of a prompt and their meanings. With `--data`, or `--source` and
 * `--target`, it prints the tokens of examples as training sees them.
 */
export const encodeProgram = {
  operands: ['[text, file or -]'],
  flags: FLAGS,
  settings: domainSettings,
  refused: (app) => [...refusedParallel(app), ...refusedFields(app)],
  waitsFor: 'a text',
  run,
} satisfies DomainProgram<EncodeFlags>;

async function run(call: DomainCall<EncodeFlags>): Promise<void> {
  const { app, flags, operands, io } = call;
  const word = operands.at(0);
  const hasData = [flags.data, flags.source, flags.target].some((given) => given !== undefined);
  if ((word === undefined) === !hasData) {
    const got = word === undefined ? 'neither' : 'both';
    throw new UsageError(
      `${call.command} encode: expected a text or a file, or --data, got ${got}`,
    );
  }
  const domain = await openDomain(call);
  if (word !== undefined) {
    const { content, place } = await findContent(word, app.data.extensions, io.stdin);
    if (app.packing === 'pieces' && place !== undefined && content.length === 0) {
      throw new Error(`${place}: expected a piece, got an empty file`);
    }
    const { prompt } = parsePrompt(call, content, place);
    const { tokens } = encodePlaced(domain, prompt, place);
    await show(call, domain, ownTokens(app, domain, Array.from(tokens)));
    return;
  }
  await encodeData(call, domain);
}

/** Encodes the examples of files. If there is more than one file, unreadable ones are left out, as for training. */
async function encodeData(call: DomainCall<EncodeFlags>, own: AnyDomain): Promise<void> {
  const { app, output } = call;
  const found = await findGivenData(call);
  const { domain } = encoderOf({ app, domain: own }, found);
  const isAlone = found.files.length === 1;
  const reasons: string[] = [];
  const onSkip = (reason: string): void => {
    reasons.push(reason);
    if (!isAlone) void output.warn(`left out: ${reason}`);
  };
  const onRepair = tellRepairs(output);
  let isFirst = true;
  for await (const example of readData(app, found, { onSkip, onRepair })) {
    const tokens = encodeExample(domain, example, isAlone ? undefined : onSkip);
    if (!tokens) continue;
    if (!isFirst && !output.isJson) await output.print('');
    await show(call, domain, tokens);
    isFirst = false;
  }
  if (reasons.length === 0) return;
  if (isAlone) {
    if (isFirst) throw new Error(reasons[0]); // a single file must be readable
    await output.warn(`left out: ${reasons[0]}`);
    return;
  }
  if (isFirst) {
    throw new Error(
      `${found.flag}: expected examples, got none of ${reasons.length}, all left out`,
    );
  }
  await output.note(`${formatCount(reasons.length)} left out`);
}

/**
 * Returns the tokens of an example. If the domain refuses it, calls `onSkip` with the reason and returns `undefined`;
 * throws without `onSkip`.
 */
function encodeExample(
  domain: AnyDomain,
  example: unknown,
  onSkip: ((reason: string) => void) | undefined,
): ArrayLike<number> | undefined {
  try {
    return domain.encodeExample(example).tokens;
  } catch (error) {
    if (!onSkip || !(error instanceof RangeError)) throw error;
    onSkip(error.message);
    return undefined;
  }
}

/** Returns tokens without the token that precedes every piece, if the app trains on pieces. */
function ownTokens(app: AnyApp, { stopTokens }: AnyDomain, tokens: readonly number[]): number[] {
  return tokens.slice(Number(app.packing === 'pieces' && stopTokens.includes(tokens[0])));
}

async function show(
  { output }: Pick<DomainCall<EncodeFlags>, 'output'>,
  { vocabulary }: AnyDomain,
  ids: ArrayLike<number>,
): Promise<void> {
  const tokens = Array.from(ids);
  const words = tokens.map((token) => vocabulary.describe(token));
  if (output.isJson) {
    await output.printJson({ tokens, words: words.map(unquoted) });
    return;
  }
  const rows = tokens.map((token, index) => [`${token}`, words[index]]);
  if (rows.length > 0) await output.print(formatTable(rows, 'rl').join('\n'));
}
