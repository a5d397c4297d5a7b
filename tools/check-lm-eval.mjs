// `npm run check:lm-eval`: scores a small model by lm-evaluation-harness through `ramble serve`, as in
// docs/serve.md, on a task that it writes. Each log-likelihood must equal that of `ramble text score`, and texts
// must be written with more stop texts than OpenAI takes. Prints SKIPPED if Python is absent or PyPI cannot be
// reached.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PACKAGES = ['lm-eval[api]==0.4.13', 'transformers==5.24.0'];
const LEARNED_FROM = 'It was the best of times, it was the worst of times.\n';
const QUESTIONS = [
  { question: 'It was the best', choices: [' of times', ' of whales', ' — naïve'], answer: 0 },
  { question: 'it was the', choices: [' best of times', ' worst of times', ' whale'], answer: 1 },
];
const TOLERANCE = 1e-4;

const root = join(import.meta.dirname, '..');
const python = findPython();
const folder = mkdtempSync(join(tmpdir(), 'ramble-lm-eval-'));
try {
  const run = join(folder, 'run');
  trainAndExport(run);
  writeTasks();
  await withServer(run, (url) => evaluate(url));
  compare(run);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Returns a Python that has the packages; without one, prints SKIPPED and ends the process. */
function findPython() {
  if (spawnSync('python3', ['-c', 'import venv, ensurepip']).status !== 0)
    skip('python3 with venv and pip');
  const cache =
    process.env.RAMBLE_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ramble');
  const venv = join(cache, 'lm-eval-venv');
  const found = join(venv, 'bin/python');
  const isThere = () => spawnSync(found, ['-c', 'import lm_eval, transformers']).status === 0;
  if (existsSync(found) && isThere()) return found;
  console.log('lm-eval: installing lm-evaluation-harness …');
  execFileSync('python3', ['-m', 'venv', venv]);
  const installed = spawnSync(found, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], {
    timeout: 600_000,
  });
  if (installed.status !== 0 || !isThere()) skip('PyPI, which cannot be reached');
  return found;
}

function skip(needed) {
  console.log(`lm-eval: SKIPPED, because it needs ${needed}`);
  process.exit(0);
}

function ramble(...words) {
  const program = join(root, 'apps/ramble/dist/main.js');
  return execFileSync(process.execPath, [program, 'text', ...words, '--quiet'], {
    encoding: 'utf8',
  });
}

function trainAndExport(run) {
  const text = join(folder, 'text.txt');
  writeFileSync(text, LEARNED_FROM.repeat(40));
  const size =
    '--n-layer 2 --n-head 2 --n-embd 32 --context-length 64 --batch-size 4 --max-steps 40';
  ramble('train', '--data', text, '--tokenizer', 'gpt2', ...size.split(' '), '--out', run);
  ramble('export', '--model', run, '--out', join(folder, 'exported'));
}

/** Writes two tasks over one file of questions: to choose an answer, and to write one. */
function writeTasks() {
  const data = join(folder, 'questions.jsonl');
  writeFileSync(data, QUESTIONS.map((each) => JSON.stringify(each)).join('\n'));
  const common = {
    dataset_path: 'json',
    dataset_kwargs: { data_files: { test: data } },
    test_split: 'test',
    doc_to_text: '{{question}}',
  };
  const choose = {
    ...common,
    task: 'ramble_choose',
    output_type: 'multiple_choice',
    doc_to_choice: '{{choices}}',
    doc_to_target: '{{answer}}',
    target_delimiter: '',
    metric_list: [{ metric: 'acc' }],
  };
  const until = ['\n\n', 'Question:', '</s>', '###', 'Answer:', 'END'];
  const write = {
    ...common,
    task: 'ramble_write',
    output_type: 'generate_until',
    doc_to_target: '{{choices[answer]}}',
    generation_kwargs: { until, max_gen_toks: 20 },
    metric_list: [{ metric: 'exact_match' }],
  };
  for (const task of [choose, write]) {
    writeFileSync(join(folder, `${task.task}.yaml`), JSON.stringify(task)); // JSON is also YAML
  }
}

async function withServer(run, use) {
  const program = join(root, 'apps/ramble/dist/main.js');
  const server = spawn(process.execPath, [program, 'serve', '--model', run, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [url] = await once(createInterface(server.stdout), 'line');
    use(url);
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
}

function evaluate(url) {
  const model = {
    model: 'run',
    base_url: `${url}/completions`,
    tokenizer_backend: 'huggingface',
    tokenizer: join(folder, 'exported'),
    max_length: 64,
    num_concurrent: 4,
  };
  const words = Object.entries(model).map(([name, value]) => `${name}=${value}`);
  const args = ['run', '--model', 'local-completions', '--model_args', words.join(',')];
  const tasks = ['--include_path', folder, '--tasks', 'ramble_choose,ramble_write'];
  const output = ['--log_samples', '--output_path', join(folder, 'out')];
  execFileSync(python, ['-m', 'lm_eval', ...args, ...tasks, ...output], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      HF_HUB_OFFLINE: '1',
      HF_HOME: join(folder, 'hf'),
      PYTHONWARNINGS: 'ignore',
    },
    timeout: 300_000,
  });
}

/** @throws Error unless every log-likelihood equals `score`'s, and every text was written. */
function compare(run) {
  let worst = 0;
  for (const { doc, resps } of samplesOf('ramble_choose')) {
    for (const [i, choice] of doc.choices.entries()) {
      const given = Number(resps[i][0][0]);
      const words = ['--model', run, '--prompt', doc.question, '--output', choice, '--json'];
      const { logProbability } = JSON.parse(ramble('score', ...words));
      worst = Math.max(worst, Math.abs(given - logProbability));
    }
  }
  const texts = samplesOf('ramble_write').map(({ resps }) => resps[0][0]);
  if (!(worst < TOLERANCE)) {
    throw new Error(
      `lm-eval: expected the log-likelihoods of score within ${TOLERANCE}, got ${worst} beside them`,
    );
  }
  if (
    texts.length !== QUESTIONS.length ||
    texts.some((text) => typeof text !== 'string' || text === '')
  ) {
    throw new Error(`lm-eval: expected ${QUESTIONS.length} texts, got ${JSON.stringify(texts)}`);
  }
  console.log(
    `lm-eval: ${QUESTIONS.length * 3} log-likelihoods within ${worst.toExponential(1)} of score, ${texts.length} texts written`,
  );
}

function samplesOf(task) {
  const out = join(folder, 'out');
  const name = readdirSync(out, { recursive: true }).find((path) =>
    path.includes(`samples_${task}`),
  );
  return readFileSync(join(out, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
