import { readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { processIo, runCli, VERBS } from '@ramble/command-line';

import { APPS } from './apps.js';
import { ENGINES } from './engines.js';
import { leavesToFirst, openRanks, rankLauncher } from './ranks.js';

const packageJson = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(packageJson) as { version: string }; // as npm writes it

/** The folder of the Explorer's page, as its package is built. */
const PAGE = fileURLToPath(
  new URL('dist/page', import.meta.resolve('@ramble/explorer-app/package.json')),
);

/** Node's exit status where nothing is left to wait for, but something is still awaited. */
const UNSETTLED = 13;

process.once('exit', () => {
  if (process.exitCode !== UNSETTLED) return; // what is given here is 0 in Node 20
  writeSync(
    process.stderr.fd,
    'error: expected an end, got a promise that never settles; a domain of your own may await one\n',
  );
  process.exitCode = 1;
});

const io = processIo();
// Not only the exit code: what is left open, such as standard input, must not keep the process.
process.exit(
  await runCli(
    { version, engines: ENGINES, apps: APPS, verbs: VERBS, page: PAGE },
    process.argv.slice(2),
    {
      ...io,
      openRanks,
      leavesWordsToFirst: leavesToFirst,
      launchRanks: rankLauncher(io),
    },
  ),
);
