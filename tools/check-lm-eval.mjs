// `npm run check:lm-eval`: scores a small model by lm-evaluation-harness through `ramble serve`, as in
// docs/serve.md, on tasks that it writes. Each log-likelihood must equal that of `ramble text score`, texts must be
// written with more stop texts than OpenAI takes, and `evaluate --choices` must count as the harness's own tasks
// HellaSwag, ARC and MMLU do. Prints SKIPPED if Python is absent or PyPI cannot be
// reached.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { findPython } from './peers/find-python.mjs';

const PACKAGES = ['lm-eval[api]==0.4.13', 'transformers==5.24.0'];
const LEARNED_FROM = 'It was the best of times, it was the worst of times.\n';
const QUESTIONS = [
  { question: 'It was the best', choices: [' of times', ' of whales', ' — naïve'], answer: 0 },
  { question: 'it was the', choices: [' best of times', ' worst of times', ' whale'], answer: 1 },
];
const TOLERANCE = 1e-4;

/** Words from the model's training text. Questions of each form are made of them by a fixed rule. */
const WORDS = ['It', 'was', 'the best', 'of times', 'the worst', 'whales', 'naïve —', 'It was the'];
const drawn = (n) => WORDS[(n * n + 3 * n + (n >> 3)) % WORDS.length];
const listOf = (n, count) =>
  Array.from({ length: count }, (_, i) => `${drawn(n + 5 * i)} ${drawn(n + i)}`);
const forty = (make) => Array.from({ length: 40 }, (_, n) => make(n));
const LM_EVAL_TASKS = [
  {
    name: 'hellaswag',
    file: 'hellaswag/hellaswag.yaml',
    rows: forty((n) => ({
      activity_label: drawn(n),
      ctx_a: `${drawn(n + 1)} ${drawn(n + 2)} [title] ${drawn(n + 4)}.`,
      ctx_b: n % 3 === 0 ? '' : `it Was ${drawn(n + 3)}`,
      endings: listOf(n, 4).map((text, i) => (i === 2 ? `${text} [step] ${drawn(i)}` : text)),
      label: `${n % 4}`,
    })),
  },
  {
    name: 'arc',
    file: 'arc/arc_easy.yaml',
    rows: forty((n) => {
      const text = listOf(n, 3 + (n % 3));
      const label = text.map((_, i) => (n % 2 === 0 ? 'ABCDE'[i] : `${i + 1}`));
      return { question: `${drawn(n)}?`, choices: { text, label }, answerKey: label[n % 3] };
    }),
  },
  {
    name: 'mmlu',
    file: 'mmlu/default/_default_template_yaml',
    more: {
      description:
        'The following are multiple choice questions (with answers) about us history.\n\n',
      fewshot_split: 'test',
    },
    rows: forty((n) => ({
      question: ` ${drawn(n)} ${drawn(n + 1)}? `,
      subject: 'us_history',
      choices: listOf(n, 4),
      answer: n % 4,
    })),
  },
];
const MEASURES = {
  accuracy: 'acc',
  accuracyPerCharacter: 'acc_norm',
  accuracyPerByte: 'acc_bytes',
};

const root = join(import.meta.dirname, '..');
const python = findPython('lm-eval', PACKAGES, ['lm_eval', 'transformers']);
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
    '--n-layer 2 --n-head 2 --n-embd 32 --context-length 128 --batch-size 4 --max-steps 40';
  ramble('train', '--data', text, '--tokenizer', 'gpt2', ...size.split(' '), '--out', run);
  ramble('export', '--model', run, '--out', join(folder, 'exported'));
}

/**
 * Writes task files for the harness: one to choose an answer and one to write it, for the same questions; then its own
 * tasks.
 */
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
  const tasks = execFileSync(python, ['-c', 'import lm_eval; print(lm_eval.__path__[0])']);
  for (const { name, file, more, rows } of LM_EVAL_TASKS) {
    const path = join(folder, `${name}.jsonl`);
    writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
    const task = {
      include: join(String(tasks).trim(), 'tasks', file),
      task: `ramble_${name}`,
      tag: null,
      dataset_path: 'json',
      dataset_name: null,
      dataset_kwargs: { data_files: { test: path } },
      ...{ training_split: null, validation_split: null, test_split: 'test' },
      metric_list: Object.values(MEASURES).map((metric) => ({ metric })),
      ...more,
    };
    writeFileSync(join(folder, `ramble_${name}.yaml`), JSON.stringify(task));
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
    max_length: 128,
    num_concurrent: 4,
  };
  const words = Object.entries(model).map(([name, value]) => `${name}=${value}`);
  const args = ['run', '--model', 'local-completions', '--model_args', words.join(',')];
  const names = ['choose', 'write', ...LM_EVAL_TASKS.map(({ name }) => name)];
  const list = names.map((name) => `ramble_${name}`).join(',');
  const tasks = ['--include_path', folder, '--tasks', list];
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
  for (const { name } of LM_EVAL_TASKS) compareChoices(run, name);
  console.log(
    `lm-eval: ${QUESTIONS.length * 3} log-likelihoods within ${worst.toExponential(1)} of score, ${texts.length} texts written`,
  );
}

/** @throws Error unless `evaluate --choices` counts as the harness does. */
function compareChoices(run, name) {
  const data = join(folder, `${name}.jsonl`);
  const report = JSON.parse(
    ramble('evaluate', '--model', run, '--choices', '--data', data, '--json'),
  );
  const samples = samplesOf(`ramble_${name}`);
  for (const [measure, metric] of Object.entries(MEASURES)) {
    const theirs = samples.reduce((sum, each) => sum + each[metric], 0) / samples.length;
    if (report.questions !== samples.length || Math.abs(report[measure] - theirs) > 1e-9) {
      throw new Error(`lm-eval: ${name}: expected ${metric} ${theirs}, got ${report[measure]}`);
    }
  }
  const shown = Object.keys(MEASURES).map((measure) => `${(100 * report[measure]).toFixed(1)} %`);
  console.log(`lm-eval: ${name}: ${shown.join(', ')} by nats, characters and bytes, in both`);
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
