import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type Random, randomAt } from '@ramble/core';
import { folderStorage } from '@ramble/runs/node';
import { createRun } from '@ramble/runs';

import type { Attack, AttackSetup, Attempt } from './attack.js';
import { attempt } from './attempt.js';
import { type ExplorerProgram, explorerProgram } from './explorer-program.js';
import { tinyRun } from './small-run.js';

/**
 * Malformed calls of the Explorer's page: fields of wrong types, names that lead out of the folder, streams that the
 * client abandons.
 */
export const pageQuestions: Attack = {
  name: 'page questions',
  promise:
    'Each is answered or refused by name, none with 5xx; streams that nobody reads end; others go on.',
  tries: { small: 200, full: 2000 },
  attempts,
};

const MODEL = fileURLToPath(new URL('../../../examples/models/piano', import.meta.url));
/** Number of malformed calls between two ordinary ones, which must still be answered. */
const BETWEEN = 20;
const WITHIN_MS = 20_000;
/** Number of lines of a stream that are read before the client disconnects. */
const LINES_READ = 5;

async function* attempts({ tries, seed, folder }: AttackSetup): AsyncGenerator<Attempt> {
  await createRun(folderStorage(join(folder, 'tiny')), tinyRun);
  const explorer = await explorerProgram(['--model', MODEL, '--runs', folder]);
  try {
    for (let turn = 0; turn < tries; turn++) {
      const [name, body] = draw(randomAt({ seed, purpose: 'sample', step: turn }));
      yield await attempt(`${name}: ${body.slice(0, 200)}`, async () => {
        await checkAnswer(explorer, name, body);
        if (turn % BETWEEN === 0) await expectNext(explorer);
      });
    }
  } finally {
    await explorer.close();
  }
}

async function checkAnswer({ ask }: ExplorerProgram, name: string, body: string): Promise<void> {
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(WITHIN_MS)]);
  const response = await ask(name, body, signal);
  if (response.ok && response.headers.get('content-type')?.includes('ndjson') === true) {
    checkLines(await someLines(response));
    leaving.abort();
    return;
  }
  const text = await response.text();
  if (response.ok) return;
  const { message } = (JSON.parse(text) as { error: { message: string } }).error;
  if (response.status < 500 && /^[^]+: /.test(message)) return;
  throw new Error(`status: expected one below 500 and a name, got ${response.status}, ${message}`);
}

/** The first lines of a stream. */
async function someLines(response: Response): Promise<string[]> {
  let text = '';
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  while (reader && text.split('\n').length <= LINES_READ) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return text.split('\n').slice(0, -1);
}

function checkLines(lines: readonly string[]): void {
  for (const line of lines) {
    const { kind, message = '' } = JSON.parse(line) as { kind: string; message?: string };
    if (kind === 'error' && message.startsWith('server: ')) throw new Error(message);
  }
}

/** @throws Error unless an ordinary question is answered in time. */
async function expectNext({ ask }: ExplorerProgram): Promise<void> {
  const body = JSON.stringify({ model: 'piano', prompt: { tokens: [0] }, count: 3 });
  const response = await ask('next', body, AbortSignal.timeout(WITHIN_MS));
  if (response.status !== 200) throw new Error(`status: expected 200, got ${response.status}`);
  await response.arrayBuffer();
}

const PROMPT = { model: 'piano', prompt: { tokens: [0, 1, 2, 3] } };
const SAMPLING = { maxNewTokens: 4, seed: 1 };
/** Valid questions, except `stop` and `resume`, because a server would obey them. */
const QUESTIONS: Readonly<Record<string, object>> = {
  models: {},
  encode: { model: 'piano', text: 'x', file: 'TVRoZA==', options: {}, maxNewTokens: 4 },
  chatPrompt: { model: 'piano', messages: [{ role: 'user', content: 'x' }] },
  next: { ...PROMPT, count: 3, options: {} },
  reading: { ...PROMPT, alternatives: 3 },
  artifact: { ...PROMPT, output: [1, 2] },
  score: { ...PROMPT, output: [1, 2], reference: 'x' },
  study: PROMPT,
  attention: { ...PROMPT, layer: 0, head: 0 },
  scores: { ...PROMPT, layer: 0, head: 0 },
  block: { ...PROMPT, layer: 0, position: 0 },
  head: { ...PROMPT, layer: 0, head: 0, position: 0, count: 3 },
  ends: { ...PROMPT, position: 0, count: 3 },
  sources: { ...PROMPT, output: [1, 2] },
  parameters: { model: 'piano' },
  write: { ...PROMPT, sampling: SAMPLING, options: {}, count: 2, alternatives: 2 },
  runs: {},
  log: { run: 'tiny', from: 0, max: 10 },
  details: { run: 'tiny' },
  open: { run: 'tiny' },
  stop: { run: '..' },
  resume: { run: '../tiny' },
};
const VALUES: readonly unknown[] = [
  ...[null, true, -1, 0, 0.5, 7, 1e308, 9007199254740991, 1e-320, '', 'x', '\ud800', '\0'],
  ...[[], {}, [[]], [1, 'a'], [-1], [1e9], [null], Array(2000).fill(1), 'a'.repeat(100_000)],
  ...[
    '../../etc/passwd',
    '/etc',
    'tiny/..',
    './tiny',
    'tiny/checkpoints',
    '<img src=x>',
    '__proto__',
  ],
  ...[{ tokens: [1e9] }, { tokens: [] }, { tokens: [1], prefixLength: 9 }, { numBeams: 1e9 }],
  ...[{ maxNewTokens: 1e9 }, { temperature: -1 }, { topK: 'x' }, { seed: {} }, { method: 'x' }],
];

function draw(random: Random): [name: string, body: string] {
  let turn = 0;
  const below = (count: number): number => Math.floor(random.uniform(turn++) * count);
  const one = <T>(list: readonly T[]): T => list[below(list.length)];
  const name = one(Object.keys(QUESTIONS));
  const question: Record<string, unknown> = { ...QUESTIONS[name] };
  const fields = Object.keys(question);
  const field = one([...fields, 'x', 'toString']);
  switch (one(['value', 'value', 'value', 'missing', 'whole', 'bytes'] as const)) {
    case 'value':
      return [name, JSON.stringify({ ...question, [field]: one(VALUES) })];
    case 'missing':
      return [name, JSON.stringify({ ...question, [field]: undefined })];
    case 'whole':
      return [name, JSON.stringify(one(VALUES))];
    case 'bytes': {
      const whole = JSON.stringify(question);
      const at = below(whole.length);
      return [name, whole.slice(0, at) + one(['"', '{', '\0', '9', '']) + whole.slice(at + 1)];
    }
  }
}
