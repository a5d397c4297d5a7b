import {
  checkSchema,
  isOfType,
  isSame,
  type JsonType,
  type Keywords,
  type Schema,
  resolveReference,
  schemaError,
  typesOf,
} from './check-schema.js';
import { JsonText } from './json-text.js';
import { checkExclusion, mergeSchemas, type MergeWork, type Place } from './merge-schemas.js';
import { type Part, Rules } from './rules.js';

/** Options of the JSON that a schema's grammar matches. */
export interface JsonSchemaOptions {
  /**
   * Whether the text has no white space outside of strings. By default, spaces, line breaks and indentation are
   * allowed.
   */
  readonly isCompact?: boolean;
}

/**
 * Reads a JSON Schema (2020-12), so that every text of the grammar is JSON that the schema accepts. Objects have their
 * properties in the order of the schema, and others only if `additionalProperties` is given, or no properties are.
 *
 * @throws RangeError that names the place of an unsupported keyword, or of one with a wrong value.
 * @see https://json-schema.org/draft/2020-12
 */
export function readJsonSchema(
  schema: unknown,
  rules = new Rules(),
  { isCompact = false }: JsonSchemaOptions = {},
): Part {
  return new SchemaReader(schema, new JsonText(rules, isCompact)).whole();
}

/** Maximum depth of nested schemas, more than any schema in use has. */
const MAX_DEPTH = 64;
/** Maximum number of optional properties of an object; each of them may come next. */
const MAX_OPTIONAL = 1000;

class SchemaReader {
  readonly #rules: Rules;
  /** `$ref`s that are used, but whose schemas are not read yet. */
  readonly #pending: string[] = [];
  readonly #work: MergeWork = { count: 0, flat: new Map() };
  #depth = 0;
  #count = 0;

  constructor(
    private readonly root: unknown,
    private readonly json: JsonText,
  ) {
    this.#rules = json.rules;
  }

  whole(): Part {
    const start = this.#reference('#');
    for (let ref = this.#pending.pop(); ref !== undefined; ref = this.#pending.pop()) {
      this.#rules.define(ref, this.#read(this.#resolve(ref, ref), ref));
    }
    return start;
  }

  /** Returns the rule of the schema that a `$ref` names. It may be recursive, so its body is read later. */
  #reference(ref: string): Part {
    if (!this.#rules.has(ref)) {
      this.#rules.define(ref, this.#rules.nothing); // until it is read
      this.#pending.push(ref);
    }
    return this.#rules.rule(ref);
  }

  #resolve(ref: string, path: string): Schema {
    return resolveReference(this.root, ref, path);
  }

  #place(path: string): Place {
    return { path, resolve: (ref, from) => this.#resolve(ref, from), work: this.#work };
  }

  /** Returns the part that matches the values of a schema. */
  #read(given: unknown, path: string): Part {
    const schema = checkSchema(given, path);
    if (schema === true) return this.json.value();
    if (schema === false) return this.#rules.nothing;
    if (++this.#depth > MAX_DEPTH) {
      throw schemaError(path, `at most ${MAX_DEPTH} nested schemas`, 'more');
    }
    const part = this.#readKeywords(schema, path);
    this.#depth--;
    return part;
  }

  #readKeywords(schema: Keywords, path: string): Part {
    const { $ref, allOf, oneOf, ...rest } = schema;
    if ($ref !== undefined && Object.keys(schema).length === 1) {
      this.#resolve($ref, path); // its error names this place
      return this.#reference($ref);
    }
    const [only, second] = (allOf ?? []).filter((each) => !isSame(checkSchema(each, path), {}));
    if (only !== undefined && second === undefined && Object.keys(schema).length === 1) {
      return this.#read(only, path); // as many programs write a reference with a title
    }
    if ($ref !== undefined || allOf) {
      return this.#read(mergeSchemas([schema], this.#place(path)), path);
    }
    if (oneOf) return this.#alternatives('oneOf', oneOf, rest, path);
    const { anyOf, ...own } = rest;
    if (anyOf) return this.#alternatives('anyOf', anyOf, own, path);
    if (own.enum) return this.#constants(own, path);
    return this.#rules.choice(typesOf(own).map((type) => this.#typed(type, own, path)));
  }

  /**
   * Returns the part that matches the values of `anyOf` or `oneOf`. Each alternative is merged with the other keywords.
   */
  #alternatives(keyword: string, given: readonly unknown[], rest: Keywords, path: string): Part {
    const isPlain = Object.keys(rest).length === 0;
    const options = isPlain
      ? given
      : given.map((each) => mergeSchemas([rest, each], this.#place(path)));
    if (keyword === 'oneOf') checkExclusion(options, this.#place(path));
    return this.#rules.choice(
      options.map((each, at) => this.#read(each, `${path}/${keyword}/${at}`)),
    );
  }

  #constants({ enum: values = [], type, ...rest }: Keywords, path: string): Part {
    const other = Object.keys(rest).at(0);
    if (other !== undefined)
      throw schemaError(path, 'nothing but a type with enum or const', other);
    const types = type === undefined ? undefined : [type].flat();
    const fitting = values.filter((value) => types?.some((each) => isOfType(value, each)) ?? true);
    const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;
    const texts = fitting.filter(isPlain).map((value) => JSON.stringify(value));
    const others = fitting.filter((value) => !isPlain(value));
    return this.#rules.choice([
      ...(texts.length > 0 ? [this.#rules.texts([...new Set(texts)])] : []),
      ...others.map((value) => this.json.constant(value)),
    ]);
  }

  #typed(type: JsonType, schema: Keywords, path: string): Part {
    switch (type) {
      case 'object':
        return this.#object(schema, path);
      case 'array':
        return this.#array(schema, path);
      case 'string':
        return this.#string(schema, path);
      case 'number':
      case 'integer':
        return this.#number(type, schema);
      case 'boolean':
        return this.#rules.choice([this.#rules.text('true'), this.#rules.text('false')]);
      case 'null':
        return this.#rules.text('null');
    }
  }

  #string({ minLength, maxLength, pattern, format }: Keywords, path: string): Part {
    const length = minLength ?? maxLength;
    const given = Object.entries({ pattern, format, 'minLength or maxLength': length });
    const names = given.filter(([, value]) => value !== undefined).map(([name]) => name);
    if (names.length > 1) throw schemaError(path, `${names[0]} alone`, names.join(' and '));
    if (format !== undefined) return this.json.formatted(format);
    if (pattern === undefined) return this.json.string(minLength, maxLength);
    try {
      return this.json.matching(pattern);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`schema ${path}: ${error.message.replace('regex', 'pattern')}`);
    }
  }

  #number(type: 'number' | 'integer', schema: Keywords): Part {
    const { minimum = -Infinity, maximum = Infinity, multipleOf } = schema;
    const { exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = schema;
    const limits = {
      min: Math.max(minimum, exclusiveMinimum),
      max: Math.min(maximum, exclusiveMaximum),
      excludesMin: exclusiveMinimum >= minimum,
      excludesMax: exclusiveMaximum <= maximum,
    };
    const isInteger = type === 'integer' || multipleOf === 1;
    if (limits.min === -Infinity && limits.max === Infinity) {
      return isInteger ? this.json.numbers.integer() : this.json.number();
    }
    return isInteger
      ? this.json.numbers.integersWithin(limits)
      : this.json.numbers.numbersWithin(limits);
  }

  #array(schema: Keywords, path: string): Part {
    const { rules } = this.json;
    const { prefixItems = [], minItems = 0, maxItems = Infinity } = schema;
    const firsts = prefixItems.map((each, at) => this.#own(each, `${path}/prefixItems/${at}`));
    const item = this.#own(schema.items ?? true, `${path}/items`);
    if (maxItems < minItems) return rules.nothing;
    const [min, max] = [minItems, maxItems].map((each) => Math.max(0, each - Math.max(1, firsts.length))); // prettier-ignore
    let after = rules.repeat(this.json.comma(item), min, max); // the items after a number of them
    for (let at = Math.min(firsts.length, maxItems) - 1; at > 0; at--) {
      const more = rules.sequence([this.json.comma(firsts[at]), after]);
      const rest = at >= minItems ? rules.optional(more) : more;
      after = rules.define(`${path} from ${at} ${this.#count++}`, rest);
    }
    const items = maxItems === 0 ? rules.nothing : rules.sequence([firsts.at(0) ?? item, after]);
    return this.json.bracketed('[', items, ']', minItems === 0);
  }

  /** Returns the part of a subschema as a separate rule, so that its token masks are computed once for all its uses. */
  #own(schema: unknown, path: string): Part {
    const part = this.#read(schema, path);
    const isSmall = part.kind === 'rule' || part === this.#rules.nothing;
    return isSmall ? part : this.#rules.define(`${path} ${this.#count++}`, part);
  }

  #object(schema: Keywords, path: string): Part {
    const { rules } = this.json;
    const { properties = {}, additionalProperties } = schema;
    const required = new Set(schema.required);
    const open = additionalProperties ?? schema.properties === undefined;
    const others = [...required].filter((name) => !Object.hasOwn(properties, name));
    const optional = Object.keys(properties).filter((name) => !required.has(name)).length;
    if (optional > MAX_OPTIONAL) {
      throw schemaError(path, `at most ${MAX_OPTIONAL} optional properties`, `${optional}`);
    }
    const members = [
      ...Object.entries(properties),
      ...others.map((name) => [name, open] as const),
    ].map(([name, value]) => {
      const part = this.#own(value, `${path}/properties/${name}`);
      const member = this.json.member(rules.text(JSON.stringify(name)), part);
      return { member, isRequired: required.has(name), isNever: part === rules.nothing };
    });
    const names = [...Object.keys(properties), ...others];
    const extra =
      open === false
        ? rules.nothing
        : this.json.member(
            this.json.stringExcept(names),
            this.#own(open, `${path}/additionalProperties`),
          );
    if (members.some(({ isRequired, isNever }) => isRequired && isNever)) return rules.nothing;
    const possible = members.filter(({ isNever }) => !isNever);
    return this.json.objectOf(possible, extra, `${path} ${this.#count++}`);
  }
}
