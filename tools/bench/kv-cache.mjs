/**
 * Compares the formats of the cache with a trained model of text, on the engine native:
 *   kv-cache.mjs RUN TEXT-FILE [--tokens 8192] [--at 512,4096,8000] [--rounds 5] [--decoded 6] [--formats f32,f16,int8]
 * Reads the text with a cache of each format, in turns of 128 tokens. Prints JSON: bytes of the full cache, the mean
 * loss of all tokens, and, after some numbers of tokens, the median of the milliseconds of processor time for each
 * decoded token. Then a process for each format reads the text, and reports its processor time and its peak memory.
 * Set RAMBLE_THREADS=1 on a busy machine.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { advance, CACHE_FORMATS, createKvCache, truncateSlot } from '@ramble/core/model';
import { logSumExp } from '@ramble/core/sampling';
import { nativeEngine } from '@ramble/native';
import { loadDomain, loadRun } from '@ramble/runs';
import { findRun } from '@ramble/runs/node';
import { textApp } from '@ramble/text-app';

import { median } from './numbers.mjs';

const CHUNK = 128;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tokens: { type: 'string', default: '8192' },
    at: { type: 'string', default: '512,4096,8000' },
    rounds: { type: 'string', default: '5' },
    decoded: { type: 'string', default: '6' },
    formats: { type: 'string', default: 'f32,f16,int8' },
    alone: { type: 'boolean', default: false },
  },
});
const [length, rounds, decoded] = [values.tokens, values.rounds, values.decoded].map(Number);
const formats = values.formats.split(',');
await nativeEngine.load();
const { storage, step } = findRun(positionals[0]);
const { model, ...run } = await loadRun(storage, { step, weights: 'as stored', onlyDecodes: true });
const domain = await loadDomain(run, textApp.factory);
const text = readFileSync(positionals[1], 'utf8').slice(0, 8 * length);
const tokens = Array.from(domain.encodePrompt(text).tokens).slice(0, length);
if (tokens.length < length) {
  throw new RangeError(`text: expected at least ${length} tokens, got ${tokens.length}`);
}
const caches = Object.fromEntries(
  formats.map((name) => {
    const decoder = { ...model.decoder, cacheFormat: CACHE_FORMATS[name] };
    return [name, createKvCache(decoder, 1, length)];
  }),
);
console.log(JSON.stringify(values.alone ? readAlone() : compare(), null, 2));

function compare() {
  const load = loadavg();
  const losses = Object.fromEntries(formats.map((name) => [name, 0]));
  const milliseconds = Object.fromEntries(formats.map((name) => [name, {}]));
  const logits = new Float32Array(CHUNK * model.config.vocabSize);
  const stops = values.at.split(',').map(Number);
  for (let start = 0; start < length;) {
    const stop = stops.find((each) => each > start) ?? length;
    const end = Math.min(start + CHUNK, stop, length);
    for (const name of formats) losses[name] += readChunk(caches[name], start, end, logits);
    start = end;
    if (!stops.includes(start)) continue;
    const times = decodeInTurns(start);
    for (const name of formats) milliseconds[name][start] = Number(median(times[name]).toFixed(2));
  }
  const alone = Object.fromEntries(formats.map((name) => [name, spawnAlone(name)]));
  const rows = formats.map((name) => [
    name,
    {
      cacheBytes: bytesOf(caches[name]),
      loss: Number((losses[name] / (length - 1)).toFixed(5)),
      millisecondsAfter: milliseconds[name],
      ...alone[name],
    },
  ]);
  const machine = { processor: cpus()[0].model, load, loadAfter: loadavg() };
  return {
    ...machine,
    threads: process.env.RAMBLE_THREADS ?? 'all',
    tokens: length,
    ...Object.fromEntries(rows),
  };
}

/** Reads the tokens `[start, end)`. @returns the sum of the losses of the tokens `[start + 1, end + 1)`, in nats. */
function readChunk(cache, start, end, into) {
  const { vocabSize: V } = model.config;
  const feed = { slot: 0, tokens: tokens.slice(start, end) };
  const logits = advance(model, cache, [feed], { logits: 'all', into });
  let sum = 0;
  for (let row = 0; row < end - start && start + row + 1 < length; row++) {
    const numbers = logits.subarray(row * V, (row + 1) * V);
    sum += logSumExp(numbers) - numbers[tokens[start + row + 1]];
  }
  return sum;
}

/**
 * Decodes tokens with each cache format in turns. @returns lists of the processor time per token in each round, by
 * format.
 */
function decodeInTurns(past) {
  const times = Object.fromEntries(formats.map((name) => [name, []]));
  const into = new Float32Array(model.config.vocabSize);
  for (let round = 0; round < rounds; round++) {
    for (const name of formats) {
      const before = process.cpuUsage();
      for (let i = 0; i < decoded; i++) {
        advance(model, caches[name], [{ slot: 0, tokens: [tokens[past + i]] }], { into });
      }
      const { user, system } = process.cpuUsage(before);
      times[name].push((user + system) / 1000 / decoded);
      truncateSlot(caches[name], 0, past);
    }
  }
  return times;
}

function bytesOf({ keys, values }) {
  const arrays = [keys, values].flat(3);
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function spawnAlone(name) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [process.argv[1], ...positionals, '--tokens', String(length), '--formats', name, '--alone'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Reads the text with a single cache, 512 tokens per step, as a prompt is read. */
function readAlone() {
  const [cache] = Object.values(caches);
  const loadedMegabytes = memoryOf('VmHWM');
  const before = process.cpuUsage();
  for (let start = 0; start < length; start += 512) {
    advance(model, cache, [{ slot: 0, tokens: tokens.slice(start, start + 512) }]);
  }
  const { user, system } = process.cpuUsage(before);
  return {
    promptSeconds: Number(((user + system) / 1e6).toFixed(1)),
    loadedMegabytes,
    peakMegabytes: memoryOf('VmHWM'),
  };
}

function memoryOf(field) {
  const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+)`).exec(
    readFileSync('/proc/self/status', 'utf8'),
  );
  return Math.round(Number(kilobytes) / 1024);
}
