// Compares the defaults of `ramble text train` with its earlier defaults: bits a character on
// held-out text of three books.
//
//   node tools/studies/text-defaults.mjs --minutes 5         the same time limit for both
//   node tools/studies/text-defaults.mjs --steps 2000 1285   so many steps of old and new
//
// It needs the corpora moby-dick, austen and sotu (`ramble data get`). A book may be named last.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../apps/ramble/bin/ramble.js');
/** As they were: characters, which are replaced where unknown so that other text can be measured. */
const BEFORE = [
  ...['--tokenizer', 'char', '--unknown', 'replace', '--context-length', '64'],
  ...['--batch-size', '12', '--learning-rate', '1e-3', '--dropout', '0', '--schedule', 'cosine'],
];

const words = process.argv.slice(2);
const isTimed = words.at(0) === '--minutes';
const [before, now] = isTimed
  ? [
      // The old default of 2,000 steps was the first limit, where the machine was fast enough.
      ['--max-steps', '2000', '--max-minutes', words[1]],
      ['--max-minutes', words[1]],
    ]
  : [
      ['--max-steps', words[1]],
      ['--max-steps', words[2]],
    ];
const asked = words.slice(isTimed ? 2 : 3);

const folder = mkdtempSync(join(tmpdir(), 'ramble-text-defaults-'));
const rows = [];
for (const [name, [learned, measured]] of Object.entries(books())) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  mkdirSync(join(folder, name));
  const [train, test] = ['learned.txt', 'measured.txt'].map((file) => join(folder, name, file));
  writeFileSync(train, learned);
  writeFileSync(test, measured);
  for (const [kind, flags] of [
    ['before', [...BEFORE, ...before]],
    ['now', now],
  ]) {
    const out = join(folder, name, kind);
    const { step, elapsedSeconds } = ramble('train', '--data', train, '--out', out, ...flags);
    const { bitsPerCharacter } = ramble('evaluate', '--model', out, '--data', test);
    rows.push({
      book: name,
      defaults: kind,
      steps: step,
      seconds: elapsedSeconds,
      bitsPerCharacter,
    });
    console.error(rows.at(-1));
  }
}
console.log('| book | defaults | steps | seconds | bits a character |');
console.log('| --- | --- | --- | --- | --- |');
for (const { book, defaults, steps, seconds, bitsPerCharacter } of rows) {
  const numbers = [steps, seconds.toFixed(0), bitsPerCharacter.toFixed(3)];
  console.log(`| ${[book, defaults, ...numbers].join(' | ')} |`);
}

/**
 * Training text and test text of each book: the test is another book of the author, or a held-out
 * part.
 */
function books() {
  const novels = linesOf('austen');
  const whale = readFileSync(pathOf('moby-dick'), 'utf8');
  const end = whale.indexOf('\n', Math.floor(0.9 * whale.length)) + 1;
  const speeches = linesOf('sotu');
  return {
    'Pride and Prejudice, Persuasion': [novels[4], novels[3]],
    'Moby-Dick, its last tenth': [whale.slice(0, end), whale.slice(end)],
    'speeches, later ones': [speeches.slice(0, 40).join('\n'), speeches.slice(40, 45).join('\n')],
  };
}

function linesOf(corpus) {
  const lines = readFileSync(pathOf(corpus), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line).text);
}

function pathOf(corpus) {
  const { stdout } = run(['data', 'get', corpus]);
  return stdout.trim().split('\n').at(-1);
}

function ramble(verb, ...flags) {
  return JSON.parse(run(['text', verb, ...flags, '--json', '--quiet']).stdout);
}

function run(args) {
  const result = spawnSync(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
  return result;
}
