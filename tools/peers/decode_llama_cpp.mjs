/**
 * Times llama.cpp, by node-llama-cpp's binary, as decode.py times PyTorch: tokens behind a prompt,
 * greedily, on two threads.
 *   decode_llama_cpp.mjs A|C [batch size] [weights: f32|f16|int8] [tokens]
 * The packages are installed into ramble's cache folder; write_gguf.py makes the random model.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { forTurns } from '../bench/for-turns.mjs';

const PROMPT = 32;
const VERSION = '3.22.1';
const [name, batchSize = '1', weights = 'f32', count = '31'] = process.argv.slice(2);

const { getLlama } = await import(pathToFileURL(installed()).href);
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 2, logLevel: 'error' });
const folder = mkdtempSync(join(tmpdir(), 'ramble-gguf-'));
const file = join(folder, 'model.gguf');
const run = fileURLToPath(new URL('run', import.meta.url));
execFileSync(run, ['write_gguf.py', name, weights, file], { stdio: ['ignore', 2, 2] });
const model = await llama.loadModel({ modelPath: file });
rmSync(folder, { recursive: true });
const context = await model.createContext({
  contextSize: 64,
  sequences: Number(batchSize),
  threads: 2,
});
const sequences = Array.from({ length: Number(batchSize) }, () => context.getSequence());
await decode(2);
await forTurns(() => decode(Number(count)));

async function decode(tokens) {
  await Promise.all(sequences.map((sequence) => sequence.clearHistory()));
  const writers = sequences.map((sequence) =>
    sequence.evaluate(
      Array.from({ length: PROMPT }, (_, i) => i),
      { temperature: 0, yieldEogToken: true },
    ),
  );
  const next = () => Promise.all(writers.map((writer) => writer.next()));
  await next(); // reads the prompt
  const start = performance.now();
  for (let i = 0; i < tokens; i++) await next();
  const milliseconds = (performance.now() - start) / tokens;
  await Promise.all(writers.map((writer) => writer.return()));
  const tokensPerSecond = Math.round((1000 * Number(batchSize)) / milliseconds);
  return { milliseconds: Number(milliseconds.toFixed(3)), tokensPerSecond };
}

/** The package's module, with the binary for this system and none for GPUs. */
function installed() {
  const cache =
    process.env.RAMBLE_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ramble');
  const home = join(cache, `llama-cpp-${VERSION}`);
  const from = join(home, 'package.json');
  const binary = `@node-llama-cpp/${process.platform}-${process.arch}`;
  if (!existsSync(join(home, 'node_modules', binary))) {
    console.error('peers: installing node-llama-cpp …');
    mkdirSync(home, { recursive: true });
    writeFileSync(from, '{ "private": true }\n');
    for (const name of ['node-llama-cpp', binary]) {
      const options = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];
      execFileSync('npm', ['install', ...options, `${name}@${VERSION}`], {
        cwd: home,
        stdio: ['ignore', 2, 2],
      });
    }
  }
  return join(home, 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
}
