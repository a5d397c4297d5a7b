import { isObject, shownValue } from '@ramble/core/files';

const DAY = '(?:0[1-9]|1\\d|2[0-8])';
const LEAP = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
const DATE = `(?:\\d{4}-(?:(?:0[1-9]|1[0-2])-${DAY}|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)|${LEAP}-02-29)`;
const TIME =
  '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';
const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const HOST = `${LABEL}(?:\\.${LABEL}){0,3}`;

/**
 * Regular expressions of the supported values of `format`, by name. Each one matches only some of the texts that have
 * the format.
 */
export const FORMATS: Readonly<Record<string, string>> = {
  date: DATE,
  time: TIME,
  'date-time': `${DATE}T${TIME}`,
  duration: 'P(?:\\d{1,9}W|\\d{1,9}[YMD]|(?:\\d{1,9}[YMD])?T\\d{1,9}[HMS])',
  uuid: '[\\da-fA-F]{8}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{12}',
  email: `[a-zA-Z0-9_+-]{1,32}(?:\\.[a-zA-Z0-9_+-]{1,32}){0,3}@${LABEL}(?:\\.${LABEL}){1,3}`,
  hostname: HOST,
  ipv4: `${BYTE}(?:\\.${BYTE}){3}`,
  ipv6: '(?:[\\da-fA-F]{1,4}:){7}[\\da-fA-F]{1,4}',
  uri: `[a-z]{2,10}://${HOST}(?::[1-9]\\d{0,3})?(?:/[a-zA-Z0-9._~-]{0,64}){0,8}(?:\\?[a-zA-Z0-9._~=&-]{1,256})?(?:#[a-zA-Z0-9._~-]{1,64})?`,
};

/** A JSON Schema: its keywords, `true` for any value, or `false` for no value. */
export type Schema = boolean | Keywords;

/** The supported keywords of a schema, with the types of their values. `const` becomes an `enum` of one value. */
export interface Keywords {
  readonly $ref?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
  readonly allOf?: readonly unknown[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly prefixItems?: readonly unknown[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}

/** The types of JSON values in schemas. */
const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;
export type JsonType = (typeof TYPES)[number];

/** Keywords that describe a schema without restricting values. */
const ANNOTATIONS: readonly string[] = [
  ...['$schema', '$id', '$comment', '$defs', 'definitions', 'title', 'description', 'default'],
  ...['example', 'examples', 'deprecated', 'readOnly', 'writeOnly', 'discriminator'],
];

type Check = readonly [expected: string, isRight: (value: unknown) => boolean];

const isText = (value: unknown): boolean => typeof value === 'string';
const isType = (value: unknown): boolean => TYPES.some((type) => type === value);
const SCHEMA: Check = ['a schema', (value) => isObject(value) || typeof value === 'boolean'];
const SCHEMAS: Check = [
  'a list of at least one schema',
  (value) => Array.isArray(value) && value.length > 0 && value.every(SCHEMA[1]),
];
const COUNT: Check = [
  'a whole number from 0',
  (value) => Number.isInteger(value) && Number(value) >= 0,
];
const NUMBER: Check = ['a number', Number.isFinite];
const TEXT: Check = ['a text', isText];

/** Checks of the supported keywords' values, by keyword. */
const KEYWORDS: Readonly<Record<string, Check>> = {
  $ref: TEXT,
  type: [TYPES.join(', ') + ', or a list of them', (value) => isType(value) || (Array.isArray(value) && value.length > 0 && value.every(isType))], // prettier-ignore
  enum: ['a list of at least one value', (value) => Array.isArray(value) && value.length > 0],
  ...{ anyOf: SCHEMAS, oneOf: SCHEMAS, allOf: SCHEMAS, prefixItems: SCHEMAS },
  properties: ['an object of schemas', (value) => isObject(value) && Object.values(value).every(SCHEMA[1])], // prettier-ignore
  required: ['a list of names', (value) => Array.isArray(value) && value.every(isText)],
  ...{ additionalProperties: SCHEMA, items: SCHEMA },
  ...{ minItems: COUNT, maxItems: COUNT, minLength: COUNT, maxLength: COUNT },
  pattern: TEXT,
  format: [Object.keys(FORMATS).join(', '), (value) => Object.hasOwn(FORMATS, String(value))],
  ...{ minimum: NUMBER, maximum: NUMBER, exclusiveMinimum: NUMBER, exclusiveMaximum: NUMBER },
  multipleOf: ['1, the only supported value', (value) => value === 1],
};

/** Maximum number of characters of the path that an error shows. */
const MAX_PATH = 120;

/** Creates the error for a schema, or for the subschema at `path`. */
export function schemaError(path: string, expected: string, got: string): RangeError {
  const place = path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path;
  return new RangeError(`schema ${place}: expected ${expected}, got ${got}`);
}

/**
 * Checks the keywords of one schema; subschemas are checked when they are read.
 *
 * @returns the schema without annotations, and in the form of 2020-12.
 * @throws RangeError that names the place and the keyword.
 */
export function checkSchema(schema: unknown, path: string): Schema {
  if (typeof schema === 'boolean') return schema;
  if (!isObject(schema)) throw schemaError(path, 'a schema', shownValue(schema));
  const { const: constant, nullable, uniqueItems, ...given } = schema;
  if (nullable) throw schemaError(path, 'a list of types in place of nullable', 'nullable');
  if (uniqueItems) throw unsupported(path, 'uniqueItems');
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(inForm(given))) {
    if (ANNOTATIONS.includes(name)) continue;
    if (!Object.hasOwn(KEYWORDS, name)) throw unsupported(path, name);
    const [expected, isRight] = KEYWORDS[name];
    if (!isRight(value)) throw schemaError(path, `${expected} as ${name}`, shownValue(value));
    found[name] = value;
  }
  if (!Object.hasOwn(schema, 'const')) return found;
  const values = (found.enum ?? [constant]) as readonly unknown[]; // as was checked
  return { ...found, enum: values.filter((value) => isSame(value, constant)) };
}

/** Returns a schema in the form of draft 2020-12: a list in `items`, as in older drafts, becomes `prefixItems`. */
function inForm(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { items, additionalItems, ...others } = schema;
  if (!Array.isArray(items)) return schema;
  return { ...others, prefixItems: items, items: additionalItems ?? true };
}

function unsupported(path: string, name: string): RangeError {
  const known = Object.keys(KEYWORDS).filter((each) => each !== 'multipleOf');
  return schemaError(path, `supported keywords (${known.join(', ')}, const)`, name);
}

/** Whether a JSON value is of a type. */
export function isOfType(value: unknown, type: JsonType): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}

/** Patterns of keywords, each with the type of value that the keyword restricts. */
const KEYWORD_TYPES: readonly (readonly [RegExp, JsonType])[] = [
  [/^(properties|required|additionalProperties)$/, 'object'],
  [/^(items|prefixItems|minItems|maxItems)$/, 'array'],
  [/^(minLength|maxLength|pattern|format)$/, 'string'],
  [/^(minimum|maximum|exclusiveMinimum|exclusiveMaximum|multipleOf)$/, 'number'],
];

/**
 * Returns the types that a schema's values may have: `type` if given, otherwise the types that its keywords restrict,
 * or all types if it has no such keywords.
 */
export function typesOf(schema: Keywords): readonly JsonType[] {
  if (schema.type !== undefined) {
    const types = [schema.type].flat() as readonly JsonType[];
    return types.includes('number') ? types.filter((type) => type !== 'integer') : types;
  }
  const names = Object.keys(schema);
  const meant = KEYWORD_TYPES.filter(([pattern]) => names.some((name) => pattern.test(name)));
  return meant.length > 0
    ? meant.map(([, type]) => type)
    : TYPES.filter((type) => type !== 'integer');
}

/** Whether two JSON values are equal. */
export function isSame(a: unknown, b: unknown): boolean {
  if (!(typeof a === 'object' && typeof b === 'object' && a !== null && b !== null)) return a === b;
  const [left, right] = [a, b].map((each) => new Map(Object.entries(each)));
  return (
    Array.isArray(a) === Array.isArray(b) &&
    left.size === right.size &&
    Array.from(left).every(([name, value]) => right.has(name) && isSame(value, right.get(name)))
  );
}

/**
 * Finds the part of a schema to which a `$ref` refers.
 *
 * @throws RangeError for a reference that leads out of the schema, or to a part that is missing.
 */
export function resolveReference(root: unknown, ref: string, path: string): Schema {
  if (!/^#(\/|$)/.test(ref)) {
    throw schemaError(path, 'a $ref within the schema, such as #/$defs/name', ref);
  }
  let found = root;
  for (const step of ref.split('/').slice(1)) {
    const name = unescaped(step);
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) {
      throw schemaError(path, 'a $ref to a part of the schema', ref);
    }
    found = (found as Readonly<Record<string, unknown>>)[name]; // as was checked
  }
  return checkSchema(found, ref);
}

/** Decodes a step of a JSON Pointer in a URI fragment: `%20`, `~0` and `~1`. */
function unescaped(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return step;
  }
}
