import { readFileSync } from 'node:fs';

import { processIo, runCli } from '@ramble/app-kit';

import { APPS } from './apps.js';
import { ENGINES } from './engines.js';

const packageJson = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(packageJson) as { version: string }; // as npm writes it

// Not only the exit code: what is left open, such as standard input, must not keep the process.
process.exit(
  await runCli({ version, engines: ENGINES, apps: APPS }, process.argv.slice(2), processIo()),
);
