/**
 * Summaries by an instruct model that was not trained to write them, compared with the first
 * sentence and, for package descriptions, with the small model of this repository:
 *   zero-shot-summaries.mjs RUN OUT [debian-synopses or debian-manuals] [COUNT] [MINIMUM_WORDS]
 * RUN is an imported model (`ramble text import smollm2-135m-instruct --out RUN`). Descriptions or pages that
 * were held out are taken at equal distances; each is a line, as `sample --prompt-lines` reads them. Every
 * system's outputs, a line each, and the examples stay in the folder OUT; ROUGE is printed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { getCorpus } from '@ramble/datasets';

const [run, out, corpus = 'debian-synopses', count = '200', minimum = '0'] = process.argv.slice(2);
if (out === undefined) throw new Error('zero-shot-summaries.mjs: expected a run and a folder');
const root = join(import.meta.dirname, '../..');

mkdirSync(out, { recursive: true });
const { testFiles } = await getCorpus(corpus);
const all = readFileSync(testFiles[0], 'utf8')
  .trim()
  .split('\n')
  .map((text) => JSON.parse(text))
  .filter(({ document }) => line(document).split(' ').length >= Number(minimum));
const step = all.length / Number(count);
const pairs = Array.from({ length: Number(count) }, (_, i) => all[Math.floor(i * step)]);
const documents = keep(
  'documents',
  pairs.map(({ document }) => line(document)),
);
const references = keep(
  'references',
  pairs.map(({ summary }) => line(summary)),
);

const seconds = {};
const systems = {
  'first-sentence': summarize('first-sentence', '--method', 'lead', '--summary-sentences', '1'),
  ...(corpus === 'debian-synopses' && {
    'small-model': summarize('small-model', '--model', join(root, 'examples/models/synopses')),
  }),
  'zero-shot': summarize('zero-shot', '--model', run, '--zero-shot'),
};
for (const [name, file] of Object.entries(systems)) {
  const words = ['--stemmer', '--reference', references, '--hypothesis', file];
  console.log(`${name}\n${ramble('metrics', 'rouge', ...words)}`);
}
console.log(JSON.stringify({ corpus, count: pairs.length, seconds, words: lengths() }));
writeFileSync(join(out, 'examples.md'), examples());

function line(text) {
  return text.replace(/\s+/g, ' ').trim();
}

/** The outputs of one system, a line each. */
function summarize(name, ...flags) {
  const started = performance.now();
  const printed = ramble(
    'summarization',
    'sample',
    '--prompt-lines',
    documents,
    '--json',
    ...flags,
  );
  const outputs = printed
    .trim()
    .split('\n')
    .map((text) => line(JSON.parse(text).text));
  seconds[name] = Math.round((performance.now() - started) / 100) / 10;
  return keep(name, outputs);
}

/** The mean number of words of the references and of each system. */
function lengths() {
  const mean = (file) => {
    const texts = readFileSync(file, 'utf8').trim().split('\n');
    return Math.round((10 * texts.join(' ').split(' ').length) / texts.length) / 10;
  };
  return Object.fromEntries(
    Object.entries({ references, ...systems }).map(([name, file]) => [name, mean(file)]),
  );
}

function examples() {
  const texts = Object.entries({ documents, references, ...systems }).map(([name, file]) => [
    name,
    readFileSync(file, 'utf8').split('\n'),
  ]);
  const chosen = pairs.map((_, i) =>
    texts.map(([name, lines]) => `${name}: ${lines[i]}`).join('\n\n'),
  );
  return `${chosen.join('\n\n---\n\n')}\n`;
}

function keep(name, lines) {
  const file = join(out, `${name}.txt`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function ramble(...words) {
  const call = process.env.RAMBLE_PROGRAM?.split(' ') ?? [join(root, 'apps/ramble/bin/ramble.js')];
  const stdio = ['ignore', 'pipe', 'inherit'];
  return execFileSync(process.execPath, [...call, ...words], {
    encoding: 'utf8',
    stdio,
    maxBuffer: 2 ** 28,
  });
}
