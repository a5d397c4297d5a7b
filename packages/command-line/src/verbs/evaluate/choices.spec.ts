import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { type CommandContext, type Outcome, runCommand } from '../../../test/run-command.js';
import type { ChoiceReport } from './measure-choices.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-choices-'));
  await makeRun(join(folder, 'letters'), lettersApp, { contextLength: 40 });
  await makeRun(join(folder, 'reversal'), reversalApp);
  await writeFile(join(folder, 'questions.jsonl'), lines(QUESTIONS));
});
afterAll(() => rm(folder, { recursive: true }));

interface Question {
  readonly context: string;
  readonly endings: readonly string[];
  readonly label: number;
}
/** Questions whose choices differ in length, and one that is longer than the context. */
const QUESTIONS: readonly Question[] = [
  { context: 'call me', endings: ['ishmael', 'a', 'some years ago'], label: 0 },
  { context: 'never mind', endings: ['how long', 'x'], label: 1 },
  { context: 'a whale ', endings: ['b', 'cc', 'ddd', 'ffff'], label: 2 },
  { context: 'w'.repeat(60), endings: ['at sea', 'in a ship', 'z'], label: 1 },
  { context: 'so', endings: ['it', 'be it'], label: 1 },
];
const lines = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

function evaluate(words: readonly string[], context?: CommandContext): Promise<Outcome> {
  const run = ['letters', 'evaluate', '--model', join(folder, 'letters'), '--choices'];
  return runCommand([...run, '--data', join(folder, 'questions.jsonl'), ...words], context);
}

/** The log-probability of a choice by the verb score. */
async function scoreOf({ context }: Question, ending: string): Promise<number> {
  const words = ['letters', 'score', '--model', join(folder, 'letters'), '--json'];
  const prompt = ['--prompt', context.trimEnd()];
  const output = ['--output', `${context.slice(context.trimEnd().length)} ${ending}`];
  const { stdout } = await runCommand([...words, ...prompt, ...output]);
  return (JSON.parse(stdout) as { logProbability: number }).logProbability;
}

/** Fraction of the questions whose right ending has the highest value. */
async function expected(
  questions: readonly Question[],
  value: (question: Question, ending: string) => Promise<number>,
): Promise<number> {
  let right = 0;
  for (const question of questions) {
    const values = await Promise.all(question.endings.map((each) => value(question, each)));
    if (values.indexOf(Math.max(...values)) === question.label) right++;
  }
  return right / questions.length;
}

describe('evaluate --choices', () => {
  it('counts the questions whose right choice is the most probable, by each measure', async () => {
    const { status, stdout, stderr } = await evaluate(['--json']);
    expect([status, stderr]).toEqual([
      0,
      `${join(folder, 'questions.jsonl')}: reads context, endings, label as questions in the form of contexts and endings\n`,
    ]);
    const report = JSON.parse(stdout) as ChoiceReport;
    expect(report).toEqual({
      questions: 5,
      accuracy: await expected(QUESTIONS, scoreOf),
      accuracyPerCharacter: await expected(
        QUESTIONS,
        async (question, ending) => (await scoreOf(question, ending)) / ending.length,
      ),
      accuracyPerByte: report.accuracyPerCharacter, // letters are bytes
      baselines: {
        chance: (1 / 3 + 1 / 2 + 1 / 4 + 1 / 3 + 1 / 2) / 5,
        longest: await expected(QUESTIONS, (_, { length }) => Promise.resolve(length)),
      },
      tokensPerSecond: expect.any(Number) as number,
      step: 10,
    });
    expect(report.accuracyPerCharacter).not.toBe(report.accuracy);
  });

  it('prints the measures, and stops at --max-examples', async () => {
    const { stdout } = await evaluate(['--max-examples', '2']);
    expect(stdout).toMatch(/^accuracy +\d+\.\d\d % +by the log-probability of a choice\n/);
    expect(stdout).toMatch(/\nchance +41\.67 % +baseline that chooses at random\n/);
    expect(stdout).toMatch(/\nquestions +2 +counted\n/);
  });

  it('ends at Ctrl-C with the accuracy so far', async () => {
    const path = join(folder, 'many.jsonl');
    await writeFile(path, lines(QUESTIONS).repeat(50));
    let count = 0;
    const onDraw = (text: string, interrupt: () => void): void => {
      if (text !== '' && ++count === 3) interrupt();
    };
    const outcome = await evaluate(['--data', path], { isTerminal: true, onDraw });
    expect([outcome.status, outcome.stdout]).toEqual([130, '']);
    expect(outcome.stderr).toMatch(/stopped: \d+\.\d\d % of the first 3 questions right\n$/);
  });

  it.each([
    [['--stride', '3'], '--stride: expected no value with --choices, got 3'],
    [['--fields', 'a'], '--fields: expected no value with --choices, got a'],
    [['--last-word'], '--choices: expected no --last-word with it, got both'],
  ])('refuses %j', async (words, message) => {
    const { status, stderr } = await evaluate(words);
    expect([status, stderr]).toEqual([2, `error: ${message}\n`]);
  });

  it('is refused by a domain that does not continue text', async () => {
    const words = ['reversal', 'evaluate', '--model', join(folder, 'reversal'), '--choices'];
    const { status, stderr } = await runCommand([
      ...words,
      '--data',
      join(folder, 'questions.jsonl'),
    ]);
    expect([status, stderr]).toEqual([
      2,
      'error: --choices: expected a domain that continues text, got ramble reversal\n',
    ]);
  });

  it.each([
    [
      'texts.jsonl',
      '{"text": "call me"}\n',
      'texts.jsonl: expected questions in the form of HellaSwag (endings, label), ARC (question, choices, answerKey) or MMLU (question, choices, answer), got text',
    ],
    ['text.txt', 'call me', 'text.txt: expected a .jsonl'],
    ['empty.jsonl', '\n', 'empty.jsonl: expected questions in the form of HellaSwag'],
  ])('refuses %s', async (name, content, message) => {
    const path = join(folder, name);
    await writeFile(path, content);
    const { status, stderr } = await evaluate(['--data', path]);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});
