// `npm run check:transformers`: exports a small model of every tokenizer to a Hugging Face folder, and
// lets Python's transformers say whether it is the same model: the same token ids of a text, the same
// log-probabilities within 1e-5, and the same 30 tokens greedily. Skipped, aloud, where Python is absent.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LEARNED_FROM =
  'It was the best of times, it was the worst of times; naïve whales — 3 of them.\n';
const PROMPT = 'It was the worst of times';
const OUTPUT = ', it was the best — of naïve whales';

const root = join(import.meta.dirname, '..');
if (spawnSync('python3', ['-c', 'import venv, ensurepip']).status !== 0) {
  console.log('transformers: SKIPPED, because it needs python3 with venv and pip');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'ramble-transformers-'));
try {
  const text = join(folder, 'text.txt');
  writeFileSync(text, LEARNED_FROM.repeat(40));
  const cases = ['char', 'bytes', 'bpe', 'gpt2'].map((tokenizer) => exportModel(text, tokenizer));
  execFileSync(join(root, 'tools/peers/run'), ['transformers_check.py'], {
    input: JSON.stringify({ prompt: PROMPT, output: OUTPUT, cases }),
    stdio: ['pipe', 'inherit', 'inherit'],
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Trains and exports a model as a user would, and tells what ramble says of it. */
function exportModel(text, tokenizer) {
  const run = join(folder, tokenizer);
  const exported = `${run}-exported`;
  const size =
    '--n-layer 2 --n-head 2 --n-embd 32 --context-length 128 --batch-size 4 --max-steps 20';
  ramble('train', '--data', text, '--tokenizer', tokenizer, ...size.split(' '), '--out', run);
  ramble('export', '--model', run, '--out', exported);
  const greedy = ['--method', 'greedy', '--max-new-tokens', '30'];
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
