#!/usr/bin/env node
import { readFileSync } from 'node:fs';

// Scripts ask for the version often: it needs none of the command.
const words = process.argv.slice(2);
if (words.length === 1 && ['--version', '-V', '-v', 'version'].includes(words[0])) {
  const url = new URL('../package.json', import.meta.url);
  console.log(JSON.parse(readFileSync(url, 'utf8')).version);
} else {
  await import('../dist/main.js');
}
