// one workload a line on standard input; ms on standard output
import { createInterface } from 'node:readline';
const { createModel, generate, advance, createKvCache } = await import('@ramble/core');
const { nativeEngine } = await import('@ramble/native');
await nativeEngine.load();
const shape = { vocabSize: 4096, contextLength: 512, nLayer: 4, nHead: 4, nEmbd: 256 };
const model = createModel(shape, { seed: 1 });
const prompts = (n, length) => Array.from({ length: n }, (_, row) => ({ tokens: Array.from({ length }, (_, i) => (31 * i + row * 7) % 4096) }));
const work = {
  one: [prompts(1, 32), { maxNewTokens: 100, seed: 3 }],
  sixteen: [prompts(32, 48), { maxNewTokens: 30, seed: 3 }],
  long: [prompts(4, 400), { maxNewTokens: 20, seed: 3 }],
  slide: [prompts(2, 500), { maxNewTokens: 60, seed: 3 }],
  beams: [prompts(4, 32), { maxNewTokens: 24, numBeams: 4, batchSize: 16 }],
  lookup: [[{ tokens: Array.from({ length: 64 }, (_, i) => i % 8) }], { maxNewTokens: 100, method: 'greedy', promptLookup: 8 }],
};
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'advance') {
    const cache = createKvCache(model.config, 1, 132);
    const start = performance.now();
    advance(model, cache, [{ sequence: 0, tokens: prompts(1, 32)[0].tokens }]);
    for (let i = 0; i < 99; i++) { await new Promise((r) => setImmediate(r)); advance(model, cache, [{ sequence: 0, tokens: [i] }], { logits: 'all' }); }
    console.log(JSON.stringify({ line, ms: performance.now() - start }));
    continue;
  }
  const [given, options] = work[line];
  const start = performance.now();
  let n = 0;
  for await (const event of generate(model, given, options)) if (event.kind === 'token') n++;
  console.log(JSON.stringify({ line, ms: performance.now() - start, n }));
}
