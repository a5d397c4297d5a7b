import type { DataFile } from '@ramble/core';
import { isObject, type JsonObject } from '@ramble/core/files';

import {
  columnNames,
  parsedCell,
  rowsFile,
  shownCell,
  type TableRows,
  type WantedFields,
} from './table-rows.js';

/** A question with choices, as a language model continues it. */
export interface ChoiceQuestion {
  readonly prompt: string;
  /** Continuations of the prompt, without the space that separates prompt and continuation. */
  readonly choices: readonly string[];
  /** Index of the right choice. */
  readonly answer: number;
  /** Texts of the answers, if `choices` holds only their letters, such as `A` and `B`. */
  readonly texts?: readonly string[];
}

/** A format of multiple-choice questions, such as ARC's, recognized by the columns of the table. */
interface QuestionForm {
  readonly name: string;
  /** Columns that the format needs. An entry that is a list has alternative names; the first that exists is read. */
  readonly needs: readonly (string | readonly string[])[];
  readonly optional?: readonly string[];
  /**
   * Reads a question.
   *
   * @param place - Position of the row, for errors.
   * @param row - Values by the names in `needs`; for a list of alternatives, always by the first name.
   */
  read(place: string, row: JsonObject): ChoiceQuestion;
}

const LETTERS = ['A', 'B', 'C', 'D', 'E'];

/**
 * Known forms of multiple-choice questions, with the prompts of lm-evaluation-harness 0.4.13.
 *
 * @see https://github.com/EleutherAI/lm-evaluation-harness, lm_eval/tasks/hellaswag, arc and mmlu
 */
const FORMS: readonly QuestionForm[] = [
  {
    name: 'HellaSwag',
    needs: ['activity_label', 'ctx_a', 'ctx_b', 'endings', 'label'],
    read: (place, { activity_label: activity, ctx_a: a, ctx_b: b, endings, label }) => {
      const rest = textOf(place, 'ctx_b', b ?? '');
      const context = `${textOf(place, 'ctx_a', a)} ${capitalized(rest)}`;
      const choices = textsOf(place, 'endings', endings).map(withoutBrackets);
      const prompt = withoutBrackets(`${textOf(place, 'activity_label', activity)}: ${context}`);
      return { prompt, choices, answer: indexOf(place, 'label', label, choices.length) };
    },
  },
  {
    name: 'contexts and endings',
    needs: [['context', 'ctx'], 'endings', 'label'],
    read: (place, { context, endings, label }) => {
      const choices = textsOf(place, 'endings', endings);
      const answer = indexOf(place, 'label', label, choices.length);
      return { prompt: textOf(place, 'context', context), choices, answer };
    },
  },
  {
    name: 'ARC',
    needs: ['question', 'answerKey'],
    optional: ['choices', 'choices.text', 'choices.label'],
    read: readArc,
  },
  {
    name: 'MMLU',
    needs: ['question', 'choices', 'answer'],
    optional: ['subject'],
    read: (place, { choices, ...row }) => lettered(place, row, textsOf(place, 'choices', choices)),
  },
  {
    name: 'MMLU',
    needs: [['question', 'Question'], 'A', 'B', ['answer', 'Answer']],
    optional: ['C', 'D', 'E', 'subject', 'Subject'],
    read: (place, row) => {
      const given = LETTERS.filter((letter) => row[letter] !== undefined && row[letter] !== '');
      const texts = given.map((letter) => textOf(place, letter, row[letter]));
      return lettered(place, { ...row, subject: row.subject ?? row.Subject }, texts);
    },
  },
];

/**
 * Returns a table of questions with choices as a file with a `ChoiceQuestion` on each line.
 *
 * @param open - Opens the table; called each time that it is read; absent for a file that is no table.
 * @throws Error that lists the columns, if they are of no known form.
 */
export async function choicesFile(
  file: Pick<DataFile, 'name' | 'unit'>,
  open: (() => Promise<TableRows>) | undefined,
  { onChoice }: Pick<WantedFields, 'onChoice'>,
): Promise<DataFile> {
  const { name } = file;
  if (!open) throw new Error(`${name}: expected a .jsonl, .csv or .parquet file with questions`);
  const all = await columnNames(open);
  const form = FORMS.find(({ needs }) => needs.every((need) => columnOf(need, all) !== undefined));
  if (!form) {
    throw new Error(
      `${name}: expected questions in the form of HellaSwag (endings, label), ARC (question, choices, answerKey) or MMLU (question, choices, answer), got ${all.join(', ')}`,
    );
  }
  const { needs, optional = [] } = form;
  const found = new Map(needs.map((need) => [columnOf(need, all) ?? '', [need].flat()[0]]));
  for (const each of optional) if (all.includes(each)) found.set(each, each);
  onChoice(name, `reads ${[...found.keys()].join(', ')} as questions in the form of ${form.name}`);
  const write = (place: string, row: JsonObject): ChoiceQuestion => {
    const entries = Object.entries(row).map(([column, value]) => [found.get(column), value]);
    return checked(place, form.read(place, Object.fromEntries(entries) as JsonObject)); // names of the needs
  };
  return { ...rowsFile(file, open, [...found.keys()], write), holds: 'choices' };
}

function columnOf(
  need: string | readonly string[],
  columns: readonly string[],
): string | undefined {
  return [need].flat().find((name) => columns.includes(name));
}

function checked(place: string, question: ChoiceQuestion): ChoiceQuestion {
  const { prompt, choices } = question;
  if (choices.length < 2) {
    throw new Error(`${place}: expected at least two choices, got ${choices.length}`);
  }
  if (prompt.trim() === '' || choices.includes('')) {
    throw new Error(`${place}: expected a question and choices, got an empty one`);
  }
  return question;
}

/** Reads ARC's form: choices as two lists or as a list of objects, which may be in the question. */
function readArc(place: string, { question, answerKey, ...row }: JsonObject): ChoiceQuestion {
  const asked = parsedCell(question);
  const stem = isObject(asked) ? asked.stem : asked;
  const columns = { text: row['choices.text'], label: row['choices.label'] };
  const given = parsedCell(isObject(asked) ? asked.choices : (row.choices ?? columns));
  const isList = Array.isArray(given);
  const parts = (part: 'text' | 'label'): readonly string[] => {
    const list = isList
      ? given.map((each) => (isObject(each) ? each[part] : undefined))
      : undefined;
    return textsOf(place, `choices.${part}`, list ?? (isObject(given) ? given[part] : undefined));
  };
  const answer = parts('label').indexOf(String(answerKey));
  if (answer < 0) {
    throw new Error(
      `${place}: expected one of ${parts('label').join(', ')} in answerKey, got ${shownCell(answerKey)}`,
    );
  }
  const prompt = `Question: ${textOf(place, 'question', stem)}\nAnswer:`;
  return { prompt, choices: parts('text'), answer };
}

/** Returns a question whose choices are listed in the prompt, and whose continuations are their letters. */
function lettered(
  place: string,
  { question, answer, subject }: JsonObject,
  texts: readonly string[],
): ChoiceQuestion {
  const choices = texts.map((_, i) => String.fromCharCode(LETTERS[0].charCodeAt(0) + i));
  const about =
    typeof subject === 'string' && subject !== ''
      ? `The following are multiple choice questions (with answers) about ${subject.replaceAll('_', ' ')}.\n\n`
      : '';
  const asked = textOf(place, 'question', question).trim();
  const list = texts.map((text, i) => `${choices[i]}. ${text}\n`).join('');
  const letter = choices.indexOf(String(answer).trim());
  return {
    prompt: `${about}${asked}\n${list}Answer:`,
    choices,
    answer: letter < 0 ? indexOf(place, 'answer', answer, choices.length) : letter,
    texts,
  };
}

function textOf(place: string, column: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error(`${place}: expected a text in ${column}, got ${shownCell(value)}`);
}

function textsOf(place: string, column: string, value: unknown): readonly string[] {
  const list = parsedCell(value);
  if (Array.isArray(list) && list.every((each): each is string => typeof each === 'string')) {
    return list;
  }
  throw new Error(`${place}: expected a list of texts in ${column}, got ${shownCell(value)}`);
}

/** Returns the index of the right choice, which may be written as text. */
function indexOf(place: string, column: string, value: unknown, count: number): number {
  const index = value === '' || value === null || value === undefined ? NaN : Number(value);
  if (Number.isInteger(index) && index >= 0 && index < count) return index;
  throw new Error(
    `${place}: expected the index of a choice from 0 to ${count - 1} in ${column}, got ${shownCell(value)}`,
  );
}

/** Returns a text without the marks of WikiHow, as the task HellaSwag of lm-evaluation-harness cleans it. */
function withoutBrackets(text: string): string {
  return text
    .trim()
    .replaceAll(' [title]', '. ')
    .replace(/\[.*?\]/g, '')
    .replaceAll('  ', ' ');
}

/** Python's capitalize: the first letter upper case, all others lower case. */
function capitalized(text: string): string {
  const [first = '', ...rest] = text;
  return first.toUpperCase() + rest.join('').toLowerCase();
}
