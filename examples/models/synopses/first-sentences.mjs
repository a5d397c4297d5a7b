/**
 * Writes documents with one of their own sentences as summary, so that a summarizer learns to copy before it
 * learns to summarize (after the gap sentences of Zhang et al. 2020, https://arxiv.org/abs/1912.08777, but
 * left in place): first-sentences.mjs FILE.jsonl OUT.jsonl The summary is the first sentence, or in every
 * third document the last one, of at most 12 words; documents without a sentence of 3 words are left out.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const MOST_WORDS = 12;
const LEAST_WORDS = 3;

const [from, to] = process.argv.slice(2);
if (to === undefined)
  throw new Error('first-sentences.mjs: expected two files, FILE.jsonl OUT.jsonl');
const lines = readFileSync(from, 'utf8').trim().split('\n');
const pairs = lines.flatMap((line, i) => {
  const { document } = JSON.parse(line);
  const sentences = document.replace(/\s+/g, ' ').split(/(?<=[.!?:]) /);
  const whole = sentences.filter((sentence) => sentence.split(' ').length >= LEAST_WORDS);
  const sentence = whole.at(i % 3 === 0 ? -1 : 0);
  if (sentence === undefined) return [];
  const summary = sentence.split(' ').slice(0, MOST_WORDS).join(' ');
  return [JSON.stringify({ document, summary })];
});
writeFileSync(to, `${pairs.join('\n')}\n`);
