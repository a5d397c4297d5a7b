/**
 * Measures a server of a model of GPT-2 small's shape with several clients, on the engine native, as JSON:
 *   serve.mjs [--clients N] [--tokens N] [--rounds N]
 *   serve.mjs --run RUN --adapters N [--rank N] [--weights f16] [--clients N] [--tokens N] [--rounds N]
 * The second form serves a run with random adapters over it. It reports tokens per second of clients that take turns
 * with the adapters: in one server, whose adapters share batches, and in one server for each adapter, all in one
 * process; also of the base alone, and the memory of an adapter with the size of its numbers.
 * The first reports tokens per second of one client and of many at once, and the time to the first token of a new
 * request, on an idle server and while others write. Numbers are medians of rounds; each ratio is of one round. The
 * server is a separate process.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { cpus } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { median } from './numbers.mjs';
import { narrowed } from './narrowed.mjs';
import { DECODED } from './workloads.mjs';

const PROMPT = 64;
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '8' },
    tokens: { type: 'string', default: '48' },
    rounds: { type: 'string', default: '5' },
    run: { type: 'string' },
    adapters: { type: 'string', default: '4' },
    rank: { type: 'string', default: '16' },
    weights: { type: 'string', default: 'as stored' },
    server: { type: 'boolean', default: false },
  },
});
const [clients, tokens] = [Number(values.clients), Number(values.tokens)];
const isAdapted = values.run !== undefined;
const { vocabSize } = DECODED[isAdapted ? 'S' : 'C'];
if (values.server) await (isAdapted ? serveAdapters() : serve());
else await measure();

/** Serves an untrained model, and sends its address to the parent process. */
async function serve() {
  const { createModel } = await import('@ramble/core');
  const { textDomain } = await import('@ramble/language');
  const { nativeEngine } = await import('@ramble/native');
  const { startServer } = await import('@ramble/server');
  const { textApp } = await import('@ramble/text-app');
  const { gpt2Tokenizer } = await import('@ramble/tokenizers');
  await nativeEngine.load();
  const model = narrowed(createModel(DECODED.C, { seed: 1 }), 'f32');
  const domain = textDomain(await gpt2Tokenizer());
  const { url } = await startServer({ id: 'random', model, app: textApp, domain }, { port: 0 });
  process.send(url);
}

/** Serves a run and adapters in one server, and each adapter in a server of its own. */
async function serveAdapters() {
  const { trainingConfig } = await import('@ramble/core');
  const { adaptModel } = await import('@ramble/core/model');
  const { nativeEngine } = await import('@ramble/native');
  const { loadDomain, loadRun } = await import('@ramble/runs');
  const { findRun } = await import('@ramble/runs/node');
  const { startServer } = await import('@ramble/server');
  const { textApp: app } = await import('@ramble/text-app');
  await nativeEngine.load();
  const { storage } = findRun(values.run);
  const run = await loadRun(storage, { weights: values.weights, onlyDecodes: true });
  const domain = await loadDomain(run, app.factory);
  const config = trainingConfig({ maxSteps: 1, loraRank: Number(values.rank) });
  const before = megabytes();
  const adapters = Array.from({ length: Number(values.adapters) }, (_, i) => {
    const model = adaptModel(run.model, config, i);
    for (const { name } of model.parameters.specs.filter((spec) => spec.name.includes('.up.'))) {
      const numbers = model.parameters.read(name);
      model.parameters.write(name, numbers.map((_, j) => Math.sin(i + j * j) / 100)); // prettier-ignore
    }
    return { id: `adapter-${i}`, model, app, domain };
  });
  const memory = { adapterMegabytes: (megabytes() - before) / adapters.length };
  const count = adapters[0].model.parameters.specs.reduce(
    (sum, { shape }) => sum + shape[0] * shape[1],
    0,
  );
  memory.adapterNumbersMegabytes = (4 * count) / 1e6;
  const [shared, ...apart] = await Promise.all(
    [[{ id: 'base', model: run.model, app, domain }, ...adapters], ...adapters].map((served) =>
      startServer(served, { port: 0 }),
    ),
  );
  process.on('message', () => process.send(process.cpuUsage()));
  process.send({ shared: shared.url, apart: apart.map(({ url }) => url), memory });
}

/** Returns the megabytes of array buffers, which hold the models' weights. */
function megabytes() {
  globalThis.gc?.();
  return process.memoryUsage().arrayBuffers / 1e6;
}

async function measure() {
  const words = [...process.argv.slice(2), '--server'];
  const child = fork(fileURLToPath(import.meta.url), words, { execArgv: ['--expose-gc'] });
  const url = await new Promise((resolve) => child.once('message', resolve));
  const measureRound = isAdapted ? measureAdapters : measureOnce;
  try {
    if (!isAdapted) await complete(url, 0);
    const rounds = [];
    for (let i = 0; i < Number(values.rounds); i++) rounds.push(await measureRound(url, child));
    const medians = Object.keys(rounds[0]).map((name) => [
      name,
      round(median(rounds.map((results) => results[name]))),
    ]);
    const machine = { date: new Date().toISOString().slice(0, 10), processor: cpus()[0].model };
    const results = { clients, rounds: rounds.length, ...Object.fromEntries(medians) };
    console.log(JSON.stringify({ ...machine, node: process.versions.node, ...results }, null, 2));
  } finally {
    child.kill();
  }
}

async function measureOnce(url) {
  const one = await together(url, 1);
  const all = await together(url, clients);
  const alone = (await complete(url, 1, 1)).firstSeconds;
  const busy = await whileOthersWrite(url);
  return {
    tokensPerSecondOfOne: one,
    tokensPerSecondOfAll: all,
    ratio: all / one,
    firstTokenAloneMs: 1000 * alone,
    firstTokenBusyMs: 1000 * busy.firstSeconds,
    // Wait of a new request beyond its own prompt, in steps of the others.
    stepOfOthersMs: 1000 * busy.stepSeconds,
    firstTokenLateBySteps: (busy.firstSeconds - alone) / busy.stepSeconds,
  };
}

async function measureAdapters({ shared, apart, memory }, child) {
  const adapterOf = (client) => client % Number(values.adapters);
  const idOf = (client) => `adapter-${adapterOf(client)}`;
  const timed = async (...words) => {
    const before = await processorSeconds(child);
    const tokensPerSecond = await together(...words);
    return { tokensPerSecond, processorSeconds: (await processorSeconds(child)) - before };
  };
  const base = await timed(shared, clients, () => 'base');
  const batch = await timed(shared, clients, idOf);
  const each = await timed(apart, clients, idOf, (client) => apart[adapterOf(client)]);
  return {
    tokensPerSecondOfBase: base.tokensPerSecond,
    tokensPerSecondOfSharedBatch: batch.tokensPerSecond,
    tokensPerSecondOfBatchesApart: each.tokensPerSecond,
    ratio: batch.tokensPerSecond / each.tokensPerSecond,
    ratioOfProcessorTime: each.processorSeconds / batch.processorSeconds,
    ratioToBase: batch.tokensPerSecond / base.tokensPerSecond,
    ...memory,
  };
}

/** Returns the processor time that the server has used, which other programs hardly change. */
async function processorSeconds(child) {
  child.send('processor time');
  const { user, system } = await new Promise((resolve) => child.once('message', resolve));
  return (user + system) / 1e6;
}

/** Measures tokens per second of some clients at once. */
async function together(url, count, modelOf, urlOf = () => url) {
  const start = performance.now();
  await Promise.all(
    Array.from({ length: count }, (_, client) =>
      complete(urlOf(client), client, tokens, modelOf?.(client)),
    ),
  );
  return (count * tokens * 1000) / (performance.now() - start);
}

/** Measures the time to the first token of a new request while others are answered, and the duration of their steps. */
async function whileOthersWrite(url) {
  const others = Array.from({ length: clients - 1 }, (_, client) =>
    complete(url, client, 2 * tokens),
  );
  await Promise.all(others.map(({ started }) => started));
  const { firstSeconds } = await complete(url, 99, 1);
  const [{ stepSeconds }] = await Promise.all(others);
  return { firstSeconds, stepSeconds };
}

/** Streams one completion by `node:http`, because `fetch` takes twice as much processor time from the server. */
function complete(url, seed, count = tokens, model) {
  let begin;
  const started = new Promise((resolve) => (begin = resolve));
  return Object.assign(read(), { started });

  async function read() {
    const start = performance.now();
    const sent = request(`${url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    const prompt = Array.from({ length: PROMPT }, (_, i) => (1000 * seed + i) % vocabSize);
    sent.end(JSON.stringify({ model, prompt, max_tokens: count, seed, stream: true }));
    const [response] = await once(sent, 'response');
    if (response.statusCode !== 200) throw new Error(await text(response));
    const times = [];
    response.setEncoding('utf8');
    response.on('data', (chunk) => {
      const events = chunk.split('data: ').length - 1;
      for (let i = 0; i < events; i++) times.push(performance.now());
      begin();
    });
    await once(response, 'end');
    const gaps = times.slice(1).map((time, i) => time - times[i]);
    gaps.sort((a, b) => a - b);
    return {
      firstSeconds: (times[0] - start) / 1000,
      stepSeconds: gaps[Math.floor(gaps.length / 2)] / 1000,
    };
  }
}

function round(number) {
  return Number(number.toPrecision(3));
}
