import { existsSync } from 'node:fs';
import type * as Sea from 'node:sea';
import { basename, delimiter, dirname, join, relative, sep } from 'node:path';

import { shellQuoted } from '../verb/verb.js';
import type { CliSetup } from './verbs-of.js';

/** Facts about a process from which `programName` finds out how it was started. */
export interface Start {
  /** Name of the program as it was typed, if it is a single executable that contains Node; else absent. */
  readonly typed?: string | undefined;
  /** Path of the script that Node runs. */
  readonly script: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly platform: NodeJS.Platform;
}

/** Returns the name of this program as it was typed, if it is one of Node's single executable applications. */
export function oneFileName(): string | undefined {
  const sea = process.getBuiltinModule('node:sea') as typeof Sea | undefined;
  return sea?.isSea() === true ? process.argv0 : undefined;
}

const BIN_OF_PACKAGES = join('node_modules', '.bin');

/**
 * Returns the words that start this program again from the same folder: `npx ramble`, `ramble` if it is on the
 * PATH, or else `node` with the path of the script. For a single executable that contains Node, the word is its name.
 */
export function programName({ typed, script, environment, folder, platform }: Start): string {
  if (typed !== undefined) return shellQuoted(typed);
  const { npm_command: command, PATH = '' } = environment;
  const place = dirname(script);
  // npm adds the folder of a package's programs to the PATH of its child processes, not to the user's.
  if (command !== undefined || place.endsWith(BIN_OF_PACKAGES)) return 'npx ramble';
  const path = PATH.split(delimiter).filter((each) => !each.endsWith(BIN_OF_PACKAGES));
  if (basename(script) === 'ramble' && path.includes(place)) return 'ramble';
  // On Windows a program of a package is a .cmd file, which starts Node with the script.
  if (platform === 'win32' && path.some((each) => existsSync(join(each, 'ramble.cmd')))) {
    return 'ramble';
  }
  const near = relative(folder, script);
  const shown = near.startsWith(`..${sep}..`) || near === '' ? script : near;
  return `node ${shellQuoted(shown)}`;
}

/**
 * Returns a function that replaces `ramble` by the program as it was typed, wherever a text names a command: in
 * front of a domain, a verb, a path of a module or a flag. The packages write `ramble` in their messages, because
 * only the command line has the words that started it.
 */
export function typedCommands(
  { apps, verbs }: Pick<CliSetup, 'apps' | 'verbs'>,
  program = 'ramble',
): (text: string) => string {
  if (program === 'ramble') return (text) => text;
  const { ofDomains, plain, groups } = verbs;
  const names = [...apps, ...ofDomains, ...plain, ...groups].map(({ name }) => name);
  const next = `(?:(?:${names.join('|')}|help)(?![\\w-])|'?\\.{0,2}/|--help)`;
  const command = new RegExp(String.raw`(?<![\w./\\-]|npx )ramble(?= ${next})`, 'g');
  return (text) => text.replace(command, () => program);
}
