import { SAMPLING_SETTINGS } from '@ramble/core';
import { foreignAdvice, foreignNamesOf } from '@ramble/core/sampling';

import { type DomainFields, fieldOf, settingName } from './fields.js';
import { refuse, RequestError } from './ignored-fields.js';

type Body = Readonly<Record<string, unknown>>;

/** The settings of `sample` that are fields of a request. */
const SETTINGS: readonly string[] = [
  ...Object.keys(SAMPLING_SETTINGS),
  ...['count', 'stop', 'stopToken', 'allowedToken', 'suppressedToken', 'beginSuppressedToken'],
  ...['forcedLastToken', 'blockedSequence'],
];

/** Fields by their names in other programs, and by the flags of `sample`. */
const FIELD_BY_NAME: ReadonlyMap<string, string> = new Map(
  Array.from(foreignNamesOf(SETTINGS), ([name, setting]) => [name, fieldOf(setting)]),
);

/** A body whose fields have ramble's names, and the names that the client sent, by field. */
export interface NamedFields {
  readonly fields: Body;
  readonly typed: ReadonlyMap<string, string>;
}

/**
 * Renames fields of other programs to ramble's names: `n_predict` becomes `max_tokens`.
 *
 * @throws RequestError for a field that is given by two names.
 */
export function nameFields(body: Body, own: DomainFields): NamedFields {
  const isOwn = (name: string): boolean =>
    Object.hasOwn(own.settings, name) || own.files.includes(name);
  const typed = new Map<string, string>();
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(body)) {
    const field = isOwn(name) ? name : (FIELD_BY_NAME.get(name) ?? name);
    if (value === null && (field !== name || fields.has(field))) continue; // null counts as absent
    if (field !== name) {
      const other = (body[field] ?? null) === null ? typed.get(field) : field;
      if (other !== undefined) throw refuse(name, `nothing with ${other}`, value);
      typed.set(field, name);
    }
    fields.set(field, value);
  }
  return { fields: Object.fromEntries(fields), typed };
}

/** Replaces the field's name in an error by the name that the client sent (another API's spelling). */
export function inTypedName(error: unknown, typed: NamedFields['typed']): unknown {
  if (!(error instanceof RequestError) || error.field === undefined) return error;
  const name = typed.get(error.field);
  if (name === undefined) return error;
  const message = error.message.replace(error.field, name); // it begins with the field
  const { status, code } = error;
  return new RequestError(message, { status, code, field: name, cause: error });
}

/** Fields that only chat requests have. */
const OF_CHATS = ['messages', 'tools', 'tool_choice', 'documents', 'chat_template_kwargs'];

/** Returns advice on what to send in place of another program's field, if ramble has no field of the same meaning. */
export function fieldAdvice(name: string, value: unknown): string | undefined {
  if (OF_CHATS.includes(name)) return 'Send it to /v1/chat/completions instead';
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  const advice = foreignAdvice(name, isPlain ? String(value) : undefined, SETTINGS);
  if (!advice) return undefined;
  const { say, because } = advice;
  const hint = say === undefined ? 'Leave it out' : `Send ${inJson(say)} instead`;
  return because === undefined ? hint : `${hint}: ${because.replace(/--[\w-]+/g, flagField)}`;
}

/** Converts flags to fields of a JSON body: `"method": "greedy"` for `--method greedy`. */
function inJson(flags: string): string {
  const given = Array.from(flags.matchAll(/(--[\w-]+) (\S+)/g), ([, flag, value]) => {
    const json = /^[\d.]+$|^N$/.test(value) ? value : JSON.stringify(value);
    return `"${flagField(flag)}": ${/^\d+(,\d+)+$/.test(value) ? `[[${value}]]` : json}`;
  });
  return given.join(', ');
}

function flagField(flag: string): string {
  return fieldOf(settingName(flag.slice(2).replaceAll('-', '_')));
}
