// `npm run check:transformers`: exports a small model of every tokenizer to a Hugging Face folder, imports a
// random GPT-2 small that Python's transformers wrote in shards, and one with scale_attn_by_inverse_layer_idx,
// exports them again, and checks with transformers
// that each is the same model: the same token ids of a text, the same log-probabilities within 1e-5, and the same
// 50 tokens greedily. Tokenizers that transformers saved again, with added tokens, must give the same ids in
// ramble. Random models of Llama's parts must be refused, or have the same logits: 60 models, or the number in
// `check-transformers.mjs 400`. With random LoRA adapters, they and a tiny GPT-2 must have the same logits in PEFT.
// Prints SKIPPED if Python is absent.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { bytesOf } from '@ramble/runs/safetensors';
import { folderStorage } from '@ramble/runs/node';
import {
  huggingFaceFiles as modelFiles,
  openHuggingFace,
  peftFiles,
} from '@ramble/runs/hugging-face';
import { huggingFaceFiles, huggingFaceTokenizer } from '@ramble/tokenizers';

import { logitsOf, randomAdapters, randomLlama } from './peers/random-llamas.mjs';

const LEARNED_FROM =
  'It was the best of times, it was the worst of times; naïve whales — 3 of them.\n';
const PROMPT = 'It was the worst of times';
const OUTPUT = ', it was the best — of naïve whales';

/** Maximum difference of logits, as a fraction of the largest logit. */
const TOLERANCE = 1e-4;

const root = join(import.meta.dirname, '..');
if (spawnSync('python3', ['-c', 'import venv, ensurepip']).status !== 0) {
  console.log('transformers: SKIPPED, because it needs python3 with venv and pip');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'ramble-transformers-'));
try {
  const text = join(folder, 'text.txt');
  writeFileSync(text, LEARNED_FROM.repeat(40));
  const trained = ['char', 'bytes', 'bpe', 'gpt2'].map((tokenizer) => exportModel(text, tokenizer));
  const cases = [...trained, ...importModel(), ...importModel('scaled')];
  python(['transformers_check.py'], JSON.stringify({ prompt: PROMPT, output: OUTPUT, cases }));
  await checkSavedTokenizers(trained.map(({ folder: exported }) => exported));
  await checkRandomModels(numberOfModels(process.argv[2] ?? '60'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Trains and exports a model as a user would. */
function exportModel(text, tokenizer) {
  const run = join(folder, tokenizer);
  const size =
    '--n-layer 2 --n-head 2 --n-embd 32 --context-length 128 --batch-size 4 --max-steps 20';
  ramble('train', '--data', text, '--tokenizer', tokenizer, ...size.split(' '), '--out', run);
  return exportRun(run);
}

/**
 * Imports a random model that transformers wrote, and exports it again. Returns two cases: in both folders,
 * transformers must compute ramble's numbers.
 */
function importModel(...kind) {
  const name = ['random', ...kind].join('-');
  const [original, run] = [join(folder, name), join(folder, `${name}-imported`)];
  python(['transformers_random.py', original, ...kind]);
  ramble('import', original, '--out', run);
  const exported = exportRun(run);
  return [{ ...exported, folder: original, tokenizer: exported.folder }, exported];
}

/** Parses the number of random models to check, the first argument. */
function numberOfModels(word) {
  if (/^\d+$/.test(word)) return Number(word);
  throw new RangeError(`random models: expected their number, got ${word}`);
}

/** Exports random models, and compares their logits with transformers'. */
async function checkRandomModels(count) {
  const storage = folderStorage(folder);
  const cases = [];
  const refused = {};
  for (let seed = 0; seed < count; seed++) {
    const { description, file, tokens, logits } = await randomLlama(seed);
    const name = `random-${seed}`;
    try {
      await storage.writeFolder(name, modelFiles(description, file));
    } catch (error) {
      const [, setting] = /^(\w+): .*so it cannot be exported$/.exec(error.message) ?? [];
      if (!Object.hasOwn(description.model, setting)) throw error;
      refused[setting] = (refused[setting] ?? 0) + 1;
      continue;
    }
    const path = join(folder, `${name}.logits`);
    writeFileSync(path, bytesOf(await logits()));
    const written = { folder: join(folder, name), tokens };
    cases.push({ ...written, logits: path });
    cases.push(await withAdapters(seed, { ...written, file, config: description.model }));
  }
  const gpt2 = join(root, 'packages/runs/fixtures/peft/bases/gpt2');
  const { config, weights } = await openHuggingFace(folderStorage(gpt2));
  const tokens = Array.from({ length: config.contextLength }, (_, i) => (7 * i) % 61);
  for (let seed = 0; seed < 6; seed++) {
    const base = { folder: gpt2, tokens, file: weights, config };
    cases.push(await withAdapters(count + seed, base));
  }
  const found = JSON.parse(askPython('transformers_logits.py', cases));
  const failures = cases.flatMap(({ folder: each, adapter }, i) => {
    const { difference, error } = found[i];
    if (difference <= TOLERANCE) return [];
    const config = readFileSync(join(each, 'config.json'), 'utf8');
    const name = [each, adapter].filter(Boolean).map((path) => basename(path));
    return [`${name.join(' with ')}: ${error ?? `logits differ by ${difference}`}: ${config}`];
  });
  const worst = found.reduce((most, { difference = 0 }) => Math.max(most, difference), 0);
  const families = {};
  for (const { folder: each } of cases) {
    const { model_type: type } = JSON.parse(readFileSync(join(each, 'config.json'), 'utf8'));
    families[type] = (families[type] ?? 0) + 1;
  }
  const shown = (counts) => Object.entries(counts).map(([name, times]) => `${name} ${times}`);
  console.log(
    `transformers: ${count} random models, alone and with adapters: ${cases.length - failures.length} of ${cases.length} ` +
      `exported have the same logits within ${worst.toExponential(1)} (${shown(families).join(', ')}); ` +
      `refused: ${shown(refused).join(', ')}`,
  );
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

/** Writes random adapters of a model as PEFT's folder, and returns the case of the model with them. */
async function withAdapters(seed, { folder: model, tokens, file, config }) {
  const name = `adapter-${seed}`;
  const found = await logitsOf(file, config, tokens, async (base) => {
    const adapted = randomAdapters(base, seed);
    const { adapters, read } = adapted.parameters;
    const files = await peftFiles({ model: config, training: adapters.settings }, read);
    await folderStorage(folder).writeFolder(name, files);
    return adapted;
  });
  const logits = join(folder, `${name}.logits`);
  writeFileSync(logits, bytesOf(found));
  return { folder: model, adapter: join(folder, name), tokens, logits };
}

/** Adds tokens to exported tokenizers and saves them with transformers, and compares the ids of a text. */
async function checkSavedTokenizers(folders) {
  const [sentence] = LEARNED_FROM.split('\n');
  const saved = folders.map((exported) => {
    // A tokenizer of characters has only the sentence's characters.
    const isOfCharacters = basename(exported).startsWith('char');
    const text = isOfCharacters
      ? sentence
      : `${sentence} <|endoftext|> times3 whales — <|endoftext|`;
    return { folder: exported, out: `${exported}-saved`, text };
  });
  const expected = JSON.parse(askPython('transformers_tokenizer.py', saved));
  for (const [i, { out, text }] of saved.entries()) await compareIds(out, text, expected[i]);
}

/** Compares ramble's ids of a text, with special tokens read as such and as text, with transformers' ids. */
async function compareIds(saved, text, expected) {
  const names = huggingFaceFiles.filter((name) => existsSync(join(saved, name)));
  const files = names.map((name) => [name, readFileSync(join(saved, name), 'utf8')]);
  const tokenizer = await huggingFaceTokenizer(Object.fromEntries(files), expected.vocabSize);
  for (const [kind, allowSpecial] of [
    ['special', true],
    ['plain', false],
  ]) {
    const got = [...tokenizer.encode(text, { allowSpecial })];
    if (got.join() !== expected[kind].join()) {
      throw new Error(`${saved}: expected ${kind} ids ${expected[kind].join()}, got ${got.join()}`);
    }
  }
  console.log(`transformers: ${basename(saved)}: ${expected.special.length} ids of a text`);
}

/** Exports a run as a Hugging Face folder. Returns the folder, and the score and greedy sample of the run in ramble. */
function exportRun(run) {
  const exported = `${run}-exported`;
  ramble('export', '--model', run, '--out', exported);
  const greedy = ['--method', 'greedy', '--max-new-tokens', '50'];
  return {
    folder: exported,
    score: JSON.parse(ramble('score', '--model', run, '--prompt', PROMPT, '--output', OUTPUT)),
    sample: JSON.parse(ramble('sample', '--model', run, '--prompt', PROMPT, ...greedy)),
  };
}

function ramble(...words) {
  const program = join(root, 'apps/ramble/dist/main.js');
  return execFileSync(process.execPath, [program, 'text', ...words, '--json', '--quiet'], {
    encoding: 'utf8',
  });
}

function python(words, input = '') {
  execFileSync(join(root, 'tools/peers/run'), words, {
    input,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
}

/** Runs a Python script that reads a value as JSON, and returns the script's output. */
function askPython(script, value) {
  return execFileSync(join(root, 'tools/peers/run'), [script], {
    input: JSON.stringify(value),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}
