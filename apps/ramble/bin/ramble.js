#!/usr/bin/env node
import { readFileSync } from 'node:fs';

// Scripts ask for the version often: it needs none of the command.
if (process.argv.length === 3 && process.argv[2] === '--version') {
  const url = new URL('../package.json', import.meta.url);
  console.log(JSON.parse(readFileSync(url, 'utf8')).version);
} else {
  await import('../dist/main.js');
}
