import { extname } from 'node:path';

import { UsageError } from '../../verb/exit-errors.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { checkExtension } from '../../content/check-extension.js';
import { findContent } from '../../content/find-content.js';
import { parseIds } from '../../content/parse-ids.js';
import { writeArtifact } from '../../content/write-artifact.js';
import {
  DOMAIN_FLAGS,
  type DomainFlags,
  domainSettings,
  openDomain,
} from '../../model/open-domain.js';
import { readIds } from './read-ids.js';

export interface DecodeFlags extends DomainFlags {
  readonly out?: string;
}

/** `decode`: what token ids say, as text or a file. */
export const decodeProgram = {
  operands: ['<ids, file or ->...'],
  flags: {
    ...DOMAIN_FLAGS,
    out: {
      kind: 'string',
      basic: true,
      placeholder: 'file',
      derived: 'standard output, or a new file for what is not text',
      description: 'File for the output, replaced if it exists.',
    },
  },
  settings: domainSettings,
  waitsFor: 'token ids',
  run,
} satisfies DomainProgram<DecodeFlags>;

async function run(call: DomainCall<DecodeFlags>): Promise<void> {
  const { app, flags, output, io } = call;
  checkExtension('--out', app.outputExtensions, flags.out);
  const domain = await openDomain(call);
  const tokens = parseIds('ids', await findIds(call), domain.vocabulary.size);
  if (tokens.length === 0) throw new UsageError('ids: expected at least one, got none');
  const artifact = app.showOutput(
    domain.decodeOutput(tokens),
    flags.out === undefined ? undefined : extname(flags.out),
  );
  const file = await writeArtifact(artifact, { name: app.name, out: flags.out });
  if (output.isJson) {
    const result =
      file === undefined && artifact.kind === 'text' ? { text: artifact.text } : { file };
    await output.printJson(result);
  } else if (file !== undefined) {
    await output.print(file);
  } else if (artifact.kind === 'text') {
    // In a pipe the text is what was encoded, byte by byte.
    const end = io.stdout.isTerminal && !artifact.text.endsWith('\n') ? '\n' : '';
    await output.write(artifact.text + end);
  }
}

/** Ids from the command line, or from a file if the only word is one's name. */
async function findIds({ operands, io }: DomainCall<DecodeFlags>): Promise<string[]> {
  if (operands.length > 1) return readIds(operands.join(' '));
  const { content } = await findContent(operands[0], ['.json', '.jsonl', '.txt'], io.stdin);
  return readIds(new TextDecoder().decode(content));
}
