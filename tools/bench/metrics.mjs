/**
 * Times scores of a corpus on one thread in turns with sacreBLEU and rouge-score:
 *   metrics.mjs [segments] [rounds]
 * Segments are sentences of Moby Dick and the same with some words changed; no two are the same.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { corpusBleu, corpusChrf, corpusRouge, corpusTer } from '@ramble/metrics';

import { median } from './numbers.mjs';

const [segments = '10000', rounds = '3'] = process.argv.slice(2);
const peers = join(import.meta.dirname, '../peers/run-metrics');
const fixture = join(import.meta.dirname, '../../packages/metrics/fixtures/pairs.json');
const { all } = JSON.parse(readFileSync(fixture, 'utf8'));
const rows = Array.from({ length: Number(segments) }, (_, i) => i);
const hypotheses = rows.map((i) => `${all.hyps[i % all.hyps.length]} ${i}`);
const references = [rows.map((i) => `${all.refs[0][i % all.hyps.length]} ${i}`)];
const cases = [
  { name: 'BLEU', metric: 'bleu', options: {}, score: () => corpusBleu(hypotheses, references) },
  { name: 'chrF', metric: 'chrf', options: {}, score: () => corpusChrf(hypotheses, references) },
  { name: 'TER', metric: 'ter', options: {}, score: () => corpusTer(hypotheses, references) },
  {
    name: 'ROUGE, stemmed',
    metric: 'rouge',
    options: { use_stemmer: true },
    score: () => corpusRouge(hypotheses, references, { stemmer: true }),
  },
];

const folder = mkdtempSync(join(tmpdir(), 'ramble-metrics-'));
try {
  const words = hypotheses.reduce((sum, text) => sum + text.split(' ').length, 0);
  console.log(
    `${segments} pairs of ${(words / rows.length).toFixed(1)} words, median of ${rounds}`,
  );
  for (const { name, metric, options, score } of cases) {
    const file = join(folder, `${metric}.json`);
    writeFileSync(file, JSON.stringify([{ metric, options, hypotheses, references }]));
    const [ours, theirs] = [[], []];
    for (let round = 0; round < Number(rounds); round++) {
      const start = performance.now();
      score();
      ours.push((performance.now() - start) / 1000);
      const line = execFileSync(peers, ['time', file], { encoding: 'utf8' });
      theirs.push(JSON.parse(line).seconds);
    }
    const [own, other] = [median(ours), median(theirs)];
    console.log(
      `${name.padEnd(15)} ${own.toFixed(2)} s, peer ${other.toFixed(2)} s, ratio ${(other / own).toFixed(1)}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
