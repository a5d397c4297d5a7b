import type { DataFile } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';
import { isObject, type JsonObject, shownText } from '@ramble/core/files';

import { knownFields } from './choose-fields.js';
import {
  columnNames,
  parsedCell,
  rowsFile,
  shownCell,
  type TableRows,
  type WantedFields,
} from './table-rows.js';

/** Names of the field with the messages of a conversation: OpenAI's and Hugging Face's, then ShareGPT's. */
const LISTS = ['messages', 'conversations', 'conversation'];
/** Names of the fields of a question and its answer, which are texts or lists of messages. */
const PAIR = ['prompt', 'completion'];
/** Names of the fields of two answers to a prompt, the better one first. */
const CHOICE = ['chosen', 'rejected'];
/** Name of the field with the functions that a model may call. */
const TOOLS = 'tools';
/** Roles of messages by ShareGPT's names for them. */
const ROLES: Readonly<Record<string, string>> = {
  human: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bot: 'assistant',
  function_call: 'assistant',
  observation: 'tool',
  model: 'assistant',
  developer: 'system',
};
/** Roles that chat templates know, in addition to ShareGPT's names. */
const KNOWN_ROLES = ['system', 'user', 'assistant', 'tool'];

/**
 * Returns the columns with conversations. `undefined` if the table has none, or has columns that the app reads as
 * texts.
 */
function conversationColumns(
  columns: readonly string[],
  fields: DataFields,
): readonly string[] | undefined {
  const hasTexts = fields.names.every((name) => columns.includes(name));
  if (hasTexts || knownFields(columns, fields)) return undefined;
  const lists = LISTS.map((name) => [name]);
  const found = [['prompt', ...CHOICE], CHOICE, ...lists, PAIR].find((names) =>
    names.every((name) => columns.includes(name)),
  );
  return found && columns.includes(TOOLS) ? [...found, TOOLS] : found;
}

/**
 * Returns a table of conversations as a file with a line of JSON for each row: `{ messages, tools }` with the
 * roles `system`, `user`, `assistant` and `tool`, or `{ prompt, completion }` with two texts. Messages before a
 * `completion` have the weight 0. Of two answers, the chosen one is the completion, and the line also has `rejected`:
 * the messages, or the text, with the other answer.
 *
 * @param open - Opens the table; called each time that it is read.
 * @returns the file; `undefined` if the table has other columns.
 */
export async function conversationFile(
  file: Pick<DataFile, 'name' | 'unit'>,
  open: () => Promise<TableRows>,
  { fields, onChoice }: Pick<WantedFields, 'fields' | 'onChoice'>,
): Promise<DataFile | undefined> {
  const columns = conversationColumns(await columnNames(open), fields);
  if (!columns) return undefined;
  const listed = columns.join(', ').replace(/, (?=[^,]*$)/, ' and ');
  onChoice(file.name, `reads ${listed} as conversations`);
  return { ...rowsFile(file, open, columns, conversation), holds: 'conversations' };
}

function conversation(place: string, row: JsonObject): JsonObject {
  const tools = parsedCell(row[TOOLS]);
  if (tools !== undefined && tools !== null && !Array.isArray(tools)) {
    throw new Error(`${place}: expected ${TOOLS} as a list of functions, got ${shownCell(tools)}`);
  }
  const given = Array.isArray(tools) && tools.length > 0 ? { tools } : {};
  if ('rejected' in row) return { ...choice(place, row), ...given };
  const list = LISTS.find((name) => name in row);
  if (list !== undefined) return { messages: messagesOf(place, list, row[list]), ...given };
  const [prompt, completion] = PAIR.map((name) => row[name]);
  if (typeof prompt === 'string' && typeof completion === 'string') return { prompt, completion };
  const before = promptOf(messagesOf(place, 'prompt', prompt));
  return { messages: [...before, ...messagesOf(place, 'completion', completion)], ...given };
}

/**
 * Returns a conversation with a chosen answer, and the rejected one. The prompt is a field, or the messages with which
 * both begin.
 */
function choice(place: string, { prompt, chosen, rejected }: JsonObject): JsonObject {
  const texts = [prompt, chosen, rejected].map(parsedCell);
  if (texts.every((text) => typeof text === 'string')) {
    return { prompt: texts[0], completion: texts[1], rejected: texts[2] };
  }
  if (texts.slice(1).every((text) => typeof text === 'string')) {
    throw new Error(
      `${place}: expected prompt as a text, as chosen and rejected are, got ${shownCell(prompt)}`,
    );
  }
  const [ours, others] = CHOICE.map((name, i) => messagesOf(place, name, [chosen, rejected][i]));
  const given = Array.isArray(texts[0]) ? messagesOf(place, 'prompt', prompt) : [];
  const differs = ours.findIndex((each, i) => JSON.stringify(each) !== JSON.stringify(others[i]));
  if (differs === -1) {
    throw new Error(`${place}: expected different messages in chosen and rejected, got the same`);
  }
  const before = promptOf([...given, ...ours.slice(0, differs)]);
  if (before.length === 0) {
    throw new Error(
      `${place}: there is no prompt; add the field prompt, or begin both chosen and rejected with its messages`,
    );
  }
  const [messages, other] = [ours, others].map((each) => [...before, ...each.slice(differs)]);
  return { messages, rejected: other };
}

/** Returns the messages of a prompt with the weight 0, so that the loss does not count them. */
function promptOf(messages: readonly JsonObject[]): JsonObject[] {
  return messages.map((each) => ({ ...each, weight: 0 }));
}

/**
 * Reads a list of messages.
 *
 * @param field - Name of the field with the messages, for errors.
 */
function messagesOf(place: string, field: string, value: unknown): JsonObject[] {
  const list = parsedCell(value);
  if (!Array.isArray(list) || list.length === 0) {
    throw new Error(
      `${place}: expected ${field} as a list of messages, such as {"role": "user", "content": "Hello"}, got ${shownCell(value)}`,
    );
  }
  return list.map((each, i) => messageOf(`${place}: ${field}[${i}]`, each));
}

/** Returns a message with a role and a text. */
function messageOf(place: string, value: unknown): JsonObject {
  if (!isObject(value)) throw new Error(`${place}: expected a message, got ${shownCell(value)}`);
  const { from, value: said, role = from, content = said, ...others } = value;
  if (typeof role !== 'string') {
    throw new Error(`${place}: expected a text in role, got ${shownCell(role)}`);
  }
  const known = ROLES[role.toLowerCase()] ?? role.toLowerCase();
  if (![...KNOWN_ROLES, 'function', 'ipython'].includes(known)) {
    const roles = `${KNOWN_ROLES.slice(0, -1).join(', ')} or ${KNOWN_ROLES.at(-1)}`;
    throw new Error(`${place}: expected ${roles} as role, got ${shownText(role)}`);
  }
  return { role: known, content: textOf(place, content, others), ...others };
}

/** Returns the text of a message, which may be a list of parts; a message with only calls has none. */
function textOf(place: string, content: unknown, { tool_calls: calls }: JsonObject): string {
  if (typeof content === 'string') return content;
  if ((content === null || content === undefined) && Array.isArray(calls)) return '';
  const parts: readonly unknown[] = Array.isArray(content) ? content : [undefined];
  const texts = parts.map((part) => (isObject(part) ? part.text : part));
  if (texts.every((text) => typeof text === 'string')) return texts.join('');
  throw new Error(`${place}: expected a text in content, got ${shownCell(content)}`);
}
