import { fileLines } from '@ramble/core';
import { nextTurn, scoreContinuations } from '@ramble/core/sampling';
import { counted, parseJson } from '@ramble/core/files';
import type { ChoiceQuestion } from '@ramble/datasets';

import type { FoundData } from '../../data/find-data.js';
import { findGivenData, type GivenDataFlags } from '../../data/data-flags.js';
import { formatCount, formatShare } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';
import type { OpenModel } from '../../model/open-model.js';
import { InterruptedError, UsageError } from '../../verb/exit-errors.js';
import type { DomainCall } from '../../verb/verb.js';
import { lastWordFeature } from '../../verb/evaluate-features.js';
import { trainedSteps } from './evaluation-report.js';

/** Accuracy of a model at questions with choices. */
export interface ChoiceReport {
  readonly questions: number;
  /** Accuracy by the log-probability of a choice. */
  readonly accuracy: number;
  /** Accuracy by the log-probability divided by the number of characters (code points). */
  readonly accuracyPerCharacter: number;
  /** Accuracy by the log-probability divided by the number of bytes in UTF-8. */
  readonly accuracyPerByte: number;
  readonly baselines: {
    /** Expected accuracy of random choices. */
    readonly chance: number;
    /** Accuracy of the choice with the most characters. */
    readonly longest: number;
  };
  readonly tokensPerSecond: number;
  /** The step of the checkpoint that was measured; absent for weights without a step, such as imported ones. */
  readonly step?: number;
}

type Call<Flags> = Pick<DomainCall<Flags>, 'app' | 'flags' | 'output' | 'io' | 'command'>;

/**
 * Finds data with multiple-choice questions. Its columns show whether it has the format of HellaSwag, ARC or MMLU.
 *
 * @throws UsageError for an app that does not continue text; Error that names a file without questions.
 */
export function findChoices(call: Call<GivenDataFlags>): Promise<FoundData> {
  const { app, command } = call;
  if (!lastWordFeature.of(app)) {
    throw new UsageError(`--choices: expected a domain that continues text, got ${command}`);
  }
  const data = { ...app.data, extensions: ['.jsonl'], fields: { names: [], choices: true } };
  return findGivenData({ ...call, app: { ...app, data } });
}

/**
 * Scores each choice as the continuation of its question, and counts how often the right one wins. All numbers equal
 * lm-evaluation-harness's `acc`, `acc_norm` and `acc_bytes`.
 *
 * @throws InterruptedError with the accuracy so far, if Ctrl-C ends it.
 * @see https://github.com/EleutherAI/lm-evaluation-harness, lm_eval/api/task.py
 */
export async function measureChoices(
  { app, output, io }: Call<object>,
  open: OpenModel,
  { files, maxExamples = Infinity }: FoundData,
): Promise<ChoiceReport> {
  const right = { nats: 0, perCharacter: 0, perByte: 0, longest: 0 };
  let [questions, chance, read] = [0, 0, 0];
  const startMs = io.clock.now();
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort());
  for await (const question of questionsIn(files)) {
    if (questions === maxExamples) break;
    await nextTurn();
    if (stop.signal.aborted) break;
    const { choices, answer, texts = choices } = question;
    const { nats, tokens } = scoreChoices({ app, open }, question);
    const lengths = choices.map((choice) => Array.from(choice).length);
    const bytes = choices.map((choice) => Buffer.byteLength(choice));
    const picks = {
      nats: highest(nats),
      perCharacter: highest(nats.map((sum, i) => sum / lengths[i])),
      perByte: highest(nats.map((sum, i) => sum / bytes[i])),
      longest: highest(texts.map((text) => Array.from(text).length)),
    };
    for (const [name, pick] of Object.entries(picks)) {
      right[name as keyof typeof right] += Number(pick === answer); // the same names
    }
    questions++;
    chance += 1 / choices.length;
    read += tokens;
    const share = Math.round((100 * right.nats) / questions);
    output.progress(`evaluating: ${counted(questions, 'question')}, ${share} % right`);
  }
  forget();
  if (questions === 0) throw new Error('data: no question is in the files');
  if (stop.signal.aborted) {
    throw new InterruptedError(
      `stopped: ${formatShare(right.nats / questions, 2)} of the first ${counted(questions, 'question')} right`,
    );
  }
  return {
    questions,
    accuracy: right.nats / questions,
    accuracyPerCharacter: right.perCharacter / questions,
    accuracyPerByte: right.perByte / questions,
    baselines: { chance: chance / questions, longest: right.longest / questions },
    tokensPerSecond: (1000 * read) / (io.clock.now() - startMs),
    step: await trainedSteps(open),
  };
}

/** Formats a report as lines of text. */
export function choiceLines({ baselines, ...report }: ChoiceReport): string[] {
  const share = (value: number): string => formatShare(value, 2);
  const rows = [
    ['accuracy', share(report.accuracy), 'by the log-probability of a choice'],
    ['accuracy', share(report.accuracyPerCharacter), 'by the same per character (acc_norm)'],
    ['accuracy', share(report.accuracyPerByte), 'by the same per byte (acc_bytes)'],
    ['chance', share(baselines.chance), 'baseline that chooses at random'],
    ['longest', share(baselines.longest), 'baseline that takes the longest choice'],
    ['questions', formatCount(report.questions), 'counted'],
    ['speed', formatCount(Math.round(report.tokensPerSecond)), 'tokens a second'],
    ...(report.step === undefined ? [] : [['step', formatCount(report.step), 'of the checkpoint']]),
  ];
  return formatTable(rows, 'lrl');
}

/**
 * Returns the log-probability of each choice, in nats, and the number of tokens that were read.
 *
 * Prompt and choice are encoded together. All tokens after the prompt's belong to the choice, so that a word keeps
 * the space before it.
 */
function scoreChoices(
  { app, open }: { readonly app: Call<object>['app']; readonly open: OpenModel },
  { prompt, choices }: ChoiceQuestion,
): { readonly nats: readonly number[]; readonly tokens: number } {
  const { domain, model } = open;
  const encode = (text: string): number[] => {
    const read = app.readPrompt(new TextEncoder().encode(text));
    return Array.from(domain.encodePrompt(read).tokens);
  };
  // As in the harness, spaces at the end of a prompt belong to the choices.
  const trimmed = prompt.trimEnd();
  const tokens = encode(trimmed);
  const after = choices.map((choice) => {
    return encode(`${prompt} ${choice}`).slice(tokens.length);
  });
  const scored = scoreContinuations(model, { tokens }, after);
  const nats = scored.map((each) =>
    each.reduce((sum, { logProbability }) => sum + logProbability, 0),
  );
  return { nats, tokens: tokens.length + after.reduce((sum, { length }) => sum + length, 0) };
}

/** Returns the index of the highest value, the first on a tie. */
function highest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

async function* questionsIn(files: FoundData['files']): AsyncGenerator<ChoiceQuestion> {
  for (const file of files) {
    for await (const line of fileLines(file)) {
      if (line.trim() !== '') yield parseJson(line) as ChoiceQuestion; // written by datasets
    }
  }
}
