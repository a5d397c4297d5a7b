import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand, type CommandOptions } from './run-command.js';

/** Lists of the packages of the user's release. */
export interface PackageLists {
  /** Folder of the lists. */
  readonly folder: string;
  /** Flags with which apt-get reads them. */
  readonly flags: readonly string[];
}

/**
 * Runs apt-get to fetch its lists into a folder of ramble; the system's own lists are not changed.
 *
 * @param languages - Of descriptions that are fetched too; `none` for none.
 * @param options - `folder` is one to work in.
 */
export async function updateLists(
  name: string,
  languages: readonly string[],
  options: CommandOptions,
): Promise<PackageLists> {
  const folder = join(options.folder, 'lists');
  await mkdir(join(folder, 'partial'), { recursive: true });
  const settings = [
    `Dir::State::lists=${folder}`,
    `Dir::Cache=${folder}`,
    `Acquire::Languages=${languages.join(',')}`,
    'Acquire::GzipIndexes=false',
    'APT::Update::Post-Invoke::=',
    'APT::Update::Post-Invoke-Success::=',
  ];
  const flags = settings.flatMap((setting) => ['-o', setting]);
  await runCommand(name, ['apt-get', ...flags, 'update'], { ...options, folder });
  return { folder, flags };
}
