import type { ChatTemplate } from '@ramble/core/domain';
import { isObject, type JsonObject, tryParseJson } from '@ramble/core/files';

import type { ConstraintSource } from '../constraints.js';

/** The form in which a model writes calls of tools: JSON with a name and arguments, between two marks. */
export interface ToolCallForm {
  /** Mark before the JSON of a call; empty if calls have no marks. */
  readonly open: string;
  readonly close: string;
  /** Name of the field of a call with the arguments. */
  readonly argumentsField: string;
  /**
   * Form of more than one call in an answer: a JSON list of calls, or marks around each call. Absent if an answer has
   * at most one call.
   */
  readonly parallelCalls?: 'list' | 'marks';
  /** Whether only the first call of an answer is read, as in vLLM; false unless given. */
  readonly isSingle?: boolean;
}

/** A call of a tool: the tool's name and the arguments. */
export interface ToolCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

/**
 * Known forms of tool calls, each with an expression that finds it in a chat template: Hermes and Qwen, Mistral, and
 * Llama 3.
 */
const FORMS: readonly (readonly [mark: RegExp, form: ToolCallForm])[] = [
  [/<tool_call>/, { open: '<tool_call>\n', close: '\n</tool_call>', argumentsField: 'arguments', parallelCalls: 'marks' }], // prettier-ignore
  [/\[TOOL_CALLS\](?![^]*\[ARGS\])/, { open: '[TOOL_CALLS]', close: '', argumentsField: 'arguments', parallelCalls: 'list' }], // prettier-ignore
  [/"parameters"/, { open: '', close: '', argumentsField: 'parameters' }],
];

/** Maximum number of calls in an answer that must call tools. Without a limit, the model might never end it. */
const MAX_CALLS = 8;

/**
 * Returns the form in which a model writes tool calls, as its chat template shows it; `undefined` if it shows none of
 * the known forms.
 */
export function toolCallForm({ source }: Pick<ChatTemplate, 'source'>): ToolCallForm | undefined {
  const plain = source.replaceAll('\\"', '"');
  return FORMS.find(([mark]) => mark.test(plain))?.[1];
}

/**
 * Returns the constraint of an answer that is a call of one of the tools, with arguments that meet the tool's schema.
 *
 * @param tools - Tools in OpenAI's form: `{ type: 'function', function: { name, parameters } }`.
 * @param canBeSeveral - Whether the answer may have several calls, if the form allows it.
 */
export function toolCallConstraint(
  { open, close, argumentsField, parallelCalls }: ToolCallForm,
  tools: readonly JsonObject[],
  canBeSeveral = false,
): ConstraintSource {
  const $defs: Record<string, unknown> = {};
  const calls = tools.map(({ function: called }, at) => {
    const { name, parameters } = called as JsonObject; // of a tool
    $defs[`tool ${at}`] = moved(
      parameters ?? { type: 'object', properties: {} },
      `#/$defs/tool ${at}`,
    );
    const properties = { name: { const: name }, [argumentsField]: { $ref: `#/$defs/tool ${at}` } };
    return { type: 'object', properties, required: Object.keys(properties) };
  });
  const max = canBeSeveral ? MAX_CALLS : 1;
  const call = { anyOf: calls };
  const list = { type: 'array', items: call, minItems: 1, maxItems: max };
  return {
    jsonSchema: { $defs, ...(parallelCalls === 'list' ? list : call) },
    before: open,
    after: close,
    ...(parallelCalls === 'marks' && { repeated: { between: `${close}\n${open}`, max } }),
  };
}

/**
 * Returns a JSON Schema that is placed at `path` inside another one. Its `$ref`s are changed to begin with that path.
 */
function moved(schema: unknown, path: string): unknown {
  if (Array.isArray(schema)) return schema.map((each) => moved(each, path));
  if (!isObject(schema)) return schema;
  const entries = Object.entries(schema).map(([name, value]) => {
    const isReference = name === '$ref' && typeof value === 'string' && value.startsWith('#');
    return [name, isReference ? path + value.slice(1) : moved(value, path)] as const;
  });
  return Object.fromEntries(entries);
}

/** The tool calls found in an answer, and the answer's other text. */
export interface ReadAnswer {
  readonly content: string;
  readonly calls: readonly ToolCall[];
}

/** Reads the tool calls in an answer. Anything between marks that is not the JSON of a call stays text. */
export function readToolCalls(text: string, form: ToolCallForm): ReadAnswer {
  const { content, calls } = (form.open === '' ? readBareCalls : readMarkedCalls)(text, form);
  return { content, calls: form.isSingle === true ? calls.slice(0, 1) : calls };
}

function readMarkedCalls(text: string, form: ToolCallForm): ReadAnswer {
  const calls: ToolCall[] = [];
  const [open, close] = [form.open.trim(), form.close.trim()];
  const content = text.split(open).map((part, at) => {
    const marked = close === '' ? -1 : part.indexOf(close);
    const end = marked < 0 ? part.length : marked; // the end of the answer may replace the last mark
    const found = at === 0 ? undefined : readCalls(part.slice(0, end), form);
    if (found) calls.push(...found);
    return found ? part.slice(end + close.length) : (at === 0 ? '' : open) + part;
  });
  return { content: calls.length > 0 ? content.join('').trim() : text, calls };
}

/**
 * Reads tool calls that have no marks around them: each JSON object in the text, or list of such objects, that is a
 * call.
 */
function readBareCalls(text: string, form: ToolCallForm): ReadAnswer {
  const calls: ToolCall[] = [];
  const parts: string[] = [];
  let from = 0;
  for (let at = bareStart(text, 0); at < text.length;) {
    const end = jsonEnd(text, at);
    if (end === undefined) break;
    const found = readCalls(text.slice(at, end), form);
    if (found) {
      calls.push(...found);
      parts.push(text.slice(from, at));
      from = end;
    }
    at = bareStart(text, end);
  }
  if (calls.length === 0) return { content: text, calls };
  const others = [...parts, text.slice(from)].filter((part) => part.trim() !== ';');
  return { content: others.join('').trim(), calls };
}

/**
 * Matches the beginning of a call without marks, or of a list of calls. In an unfinished answer, it also matches an
 * incomplete beginning at the end.
 */
const BARE_START = /(?:\[\s*)?\{\s*(?:"(?:name|type|parameters|arguments)"|"\w{0,9}$|$)|\[\s*$/g;

/** Returns the index where the next call without marks begins; the length of the text if none follows. */
function bareStart(text: string, from: number): number {
  BARE_START.lastIndex = from;
  return BARE_START.exec(text)?.index ?? text.length;
}

/** Returns the end of the JSON object or list that begins at an index; `undefined` if the text ends before. */
function jsonEnd(text: string, start: number): number | undefined {
  const parts = /"[^"\\]*(?:\\[^][^"\\]*)*"|[[\]{}]/g; // a text in quotes, or a bracket
  parts.lastIndex = start;
  let depth = 0;
  for (let found = parts.exec(text); found; found = parts.exec(text)) {
    if ('[{'.includes(found[0])) depth++;
    else if (']}'.includes(found[0]) && --depth === 0) return parts.lastIndex;
  }
  return undefined;
}

/**
 * Reads the JSON of a call, or of a list of calls, which some models write even in forms without lists; `undefined` for
 * other JSON.
 */
function readCalls(json: string, form: ToolCallForm): readonly ToolCall[] | undefined {
  const calls = [tryParseJson(json)].flat().map((value) => readCall(value, form));
  return calls.length > 0 && calls.every((call) => call !== undefined) ? calls : undefined;
}

function readCall(value: unknown, { open, argumentsField }: ToolCallForm): ToolCall | undefined {
  if (!isObject(value) || typeof value.name !== 'string') return undefined;
  // Without marks, only the arguments tell a call from other JSON. Some models write either name.
  const usual = value.arguments ?? (open === '' ? undefined : {});
  const { name, [argumentsField]: given = usual } = value;
  return isObject(given) ? { name, arguments: given } : undefined;
}

/**
 * Returns the number of characters at the beginning of an unfinished answer that cannot be part of a tool call, so that
 * they can be shown.
 */
export function textBeforeCalls(text: string, { open }: ToolCallForm): number {
  if (text.trim() === '') return 0;
  const mark = open.trim();
  if (mark === '') return bareStart(text, 0);
  const at = text.indexOf(mark);
  if (at >= 0) return at;
  let length = Math.min(mark.length - 1, text.length);
  while (length > 0 && !mark.startsWith(text.slice(-length))) length--;
  return text.length - length;
}
