import { isObject, parseJson } from '@ramble/core/files';
import type { ConstraintSource } from '@ramble/language/constraints';

import { refuse } from './ignored-fields.js';

/** The texts that a request's outputs may have, and the field that requests them. */
export interface RequestedConstraint {
  readonly field: string;
  readonly source: ConstraintSource;
}

type Read = (value: unknown, field: string) => ConstraintSource;

const text =
  (name: 'regex' | 'grammar'): Read =>
  (value, field) => {
    if (typeof value !== 'string') {
      const more = field === 'grammar' ? ' of GBNF, or true or false' : '';
      throw refuse(field, `a text${more}`, value);
    }
    return { [name]: value };
  };
const schema: Read = (value, field) => {
  const given = typeof value === 'string' ? parsed(value, field) : value;
  if (!isObject(given) && typeof given !== 'boolean') throw refuse(field, 'a JSON Schema', value);
  return { jsonSchema: given };
};
const choice: Read = (value, field) => {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [];
  if (texts.length === 0 || !texts.every((each) => typeof each === 'string')) {
    throw refuse(field, 'a list of texts', value);
  }
  const escaped = texts.map((each) => each.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return { regex: escaped.join('|') };
};

/** Fields of llama.cpp and vLLM, and the keys of vLLM's newer field, whose values are constraints. */
const FIELDS: Readonly<Record<string, Read>> = {
  response_format: responseFormat,
  structured_outputs: structuredOutputs,
  json_schema: schema,
  grammar: text('grammar'),
  guided_json: schema,
  guided_regex: text('regex'),
  guided_grammar: text('grammar'),
  guided_choice: choice,
};
const KEYS: Readonly<Record<string, Read>> = {
  json: schema,
  regex: text('regex'),
  grammar: text('grammar'),
  choice,
};

/** Result of taking the constraint out of a request: the constraint, and the other fields. */
export interface TakenConstraint {
  readonly constraint?: RequestedConstraint;
  readonly others: Readonly<Record<string, unknown>>;
}

/**
 * Takes the constraint out of the fields of a request: OpenAI's `response_format`, llama.cpp's and vLLM's fields.
 * A boolean `grammar` is not one: it turns the domain's own grammar on or off.
 *
 * @throws RequestError that names the field, for a wrong value or for two constraints.
 */
export function takeConstraint(fields: Readonly<Record<string, unknown>>): TakenConstraint {
  const isOne = ([name, value]: readonly [string, unknown]): boolean =>
    Object.hasOwn(FIELDS, name) &&
    value !== null &&
    !(name === 'grammar' && typeof value === 'boolean');
  const given = Object.entries(fields).filter(isOne);
  if (given.length === 0) return { others: fields };
  const [field, value] = given[0];
  if (given.length > 1) throw refuse(given[1][0], `nothing with ${field}`, given[1][1]);
  const others = Object.entries(fields).filter((each) => !isOne(each));
  return {
    constraint: { field, source: FIELDS[field](value, field) },
    others: Object.fromEntries(others),
  };
}

/** Reads OpenAI's `response_format`; llama.cpp's servers take a schema next to the type. */
function responseFormat(value: unknown, field: string): ConstraintSource {
  const expected = '{ "type": "text" }, "json_object" or "json_schema" with its "json_schema"';
  if (!isObject(value)) throw refuse(field, expected, value);
  const { type, json_schema: named, schema: own, ...others } = value;
  const other = Object.keys(others).at(0);
  if (other !== undefined) throw refuse(field, expected, other);
  if (type === 'json_object' && named === undefined)
    return schema(own ?? { type: 'object' }, field);
  if (type !== 'json_schema') throw refuse(field, expected, type);
  if (named === undefined) return schema(own, field);
  if (!isObject(named)) throw refuse(field, '{ "name": …, "schema": … } as json_schema', named);
  return schema(named.schema, field);
}

/** Reads vLLM's `structured_outputs`, an object with one of its keys. */
function structuredOutputs(value: unknown, field: string): ConstraintSource {
  const expected = `an object with one of ${Object.keys(KEYS).join(', ')} and json_object`;
  if (!isObject(value)) throw refuse(field, expected, value);
  const given = Object.entries(value).filter(([, each]) => each !== null && each !== false);
  if (given.length !== 1) throw refuse(field, expected, value);
  const [key, own] = given[0];
  if (key === 'json_object' && own === true) return { jsonSchema: { type: 'object' } };
  if (!Object.hasOwn(KEYS, key)) throw refuse(field, expected, key);
  return KEYS[key](own, field);
}

function parsed(value: string, field: string): unknown {
  try {
    return parseJson(value);
  } catch {
    throw refuse(field, 'a JSON Schema', value);
  }
}
