import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fingerprint } from '@ramble/core';

/** Updates the fingerprint of the domain's files in run.json, as a user does after changing the files on purpose. */
export async function fitFingerprint(run: string): Promise<void> {
  const files: Record<string, string> = {};
  for (const name of await readdir(join(run, 'domain'))) {
    files[name] = await readFile(join(run, 'domain', name), 'utf8');
  }
  const path = join(run, 'run.json');
  const text = await readFile(path, 'utf8');
  const fitting = `"fingerprint": "${fingerprint(files)}"`;
  await writeFile(path, text.replace(/"fingerprint": "\w*"/, fitting));
}
