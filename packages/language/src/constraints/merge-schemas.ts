import {
  checkSchema,
  isOfType,
  isSame,
  type JsonType,
  type Keywords,
  type Schema,
  schemaError,
  typesOf,
} from './check-schema.js';

/** Finds the checked schema to which a `$ref` refers. */
type Resolve = (ref: string, path: string) => Schema;

/** Maximum number of `$ref`s that lead from one to the next, and of alternatives after merging. */
const MAX_REFS = 100;
const MAX_OPTIONS = 200;

/** Maximum number of schemas that are compared or merged while a schema is read, about half a second's work. */
const MAX_WORK = 200_000;

/** Position in a schema, and the means to resolve references and to merge there. */
export interface Place {
  readonly path: string;
  readonly resolve: Resolve;
  readonly work: MergeWork;
}

/** Work of merging and comparing so far, shared by all positions of a schema. */
export interface MergeWork {
  count: number;
  /** Results of `flattened`, by the original schema. */
  readonly flat: Map<unknown, Schema>;
}

/**
 * Counts one schema that is compared or merged.
 *
 * @throws RangeError if they are too many.
 */
function countWork({ path, work }: Place): void {
  if (++work.count <= MAX_WORK) return;
  throw schemaError(path, 'fewer alternatives and allOf to compare and join', 'too many');
}

/**
 * Returns the schema whose values meet all given schemas (`allOf`). It has no `$ref` and no `allOf` at its top level.
 *
 * @throws RangeError for keywords that cannot be merged.
 */
export function mergeSchemas(schemas: readonly unknown[], place: Place): Schema {
  return schemas
    .map((each) => flattened(each, place))
    .reduce((all, each) => mergeTwo(all, each, place), true);
}

/** Returns a schema without `$ref` and `allOf` at its top level: they are replaced by the schemas that they name. */
function flattened(given: unknown, place: Place, count = 0): Schema {
  const known = place.work.flat.get(given);
  if (known !== undefined) return known;
  const found = flatten(given, place, count);
  place.work.flat.set(given, found);
  return found;
}

function flatten(given: unknown, place: Place, count: number): Schema {
  const schema = checkSchema(given, place.path);
  if (typeof schema === 'boolean') return schema;
  const { $ref, allOf = [], ...others } = schema;
  if ($ref === undefined && allOf.length === 0) return schema;
  if (count === MAX_REFS) throw schemaError(place.path, 'references that end', 'ones that do not');
  const target = $ref === undefined ? [] : [place.resolve($ref, place.path)];
  return [others, ...target, ...allOf]
    .map((each) => flattened(each, place, count + 1))
    .reduce((all, each) => mergeTwo(all, each, place), true);
}

function mergeTwo(a: Schema, b: Schema, place: Place): Schema {
  countWork(place);
  if (a === false || b === false) return false;
  if (a === true || Object.keys(a).length === 0) return b;
  if (b === true || Object.keys(b).length === 0) return a;
  const merged = { ...a, ...b };
  const both = (Object.keys(a) as (keyof Keywords)[]).filter((name) => Object.hasOwn(b, name));
  const joined = both.map((name) => [name, mergeKeyword(name, a, b, place)] as const);
  if (joined.some(([, value]) => Array.isArray(value) && value.length === 0)) return false; // no type or value in common
  const properties = mergeProperties(a, b, place);
  return { ...merged, ...Object.fromEntries(joined), ...(properties && { properties }) };
}

/** Merges the values that a keyword has in two schemas. */
function mergeKeyword(name: keyof Keywords, a: Keywords, b: Keywords, place: Place): unknown {
  if (isSame(a[name], b[name])) return a[name];
  switch (name) {
    case 'type': {
      const common = typesOf(a).filter((type) => includes(typesOf(b), type));
      return [...new Set([...common, ...typesOf(b).filter((type) => includes(typesOf(a), type))])];
    }
    case 'enum':
      return a.enum?.filter((one) => b.enum?.some((other) => isSame(one, other)));
    case 'required':
      return [...new Set([...(a.required ?? []), ...(b.required ?? [])])];
    case 'items':
    case 'additionalProperties':
      return mergeSchemas([a[name], b[name]], place);
    case 'properties':
      return undefined; // both objects are merged with their additional properties
    case 'anyOf': {
      const pairs = a.anyOf?.flatMap((one) => (b.anyOf ?? []).map((other) => [one, other])) ?? [];
      if (pairs.length > MAX_OPTIONS) {
        throw schemaError(place.path, `at most ${MAX_OPTIONS} alternatives`, `${pairs.length}`);
      }
      return pairs.map((pair) => mergeSchemas(pair, place));
    }
    default: {
      const values = [a[name], b[name]] as number[]; // for the keywords of these names
      if (/^(min|exclusiveMin)/.test(name)) return Math.max(...values);
      if (/^(max|exclusiveMax)/.test(name)) return Math.min(...values);
      throw schemaError(place.path, `one ${name}`, 'two that must both be met');
    }
  }
}

/** Whether types include a type; every integer is a number. */
function includes(types: readonly JsonType[], type: JsonType): boolean {
  return types.includes(type) || (type === 'integer' && types.includes('number'));
}

/**
 * Merges the properties of two schemas. A property that only one of them lists must meet the other's
 * `additionalProperties`.
 */
function mergeProperties(a: Keywords, b: Keywords, place: Place): Keywords['properties'] {
  if (!a.properties && !b.properties) return undefined;
  const of = ({ properties = {}, additionalProperties = true }: Keywords, name: string): unknown =>
    Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
  const names = new Set([a, b].flatMap(({ properties = {} }) => Object.keys(properties)));
  const joined = Array.from(names, (name): [string, unknown] => {
    const pair = [of(a, name), of(b, name)].filter((each) => each !== true);
    return [name, pair.length === 1 ? pair[0] : mergeSchemas(pair, place)];
  });
  return Object.fromEntries(joined);
}

/**
 * Checks that no value meets two of the schemas of a `oneOf`.
 *
 * @throws RangeError that names the two.
 */
export function checkExclusion(schemas: readonly unknown[], place: Place): void {
  for (const [at, one] of schemas.entries()) {
    for (const [next, other] of schemas.entries()) {
      if (at === next || excludes(one, other, place)) continue;
      throw schemaError(
        place.path,
        'oneOf whose schemas exclude one another',
        `${Math.min(at, next)} and ${Math.max(at, next)}, which may accept the same value; anyOf allows that`,
      );
    }
  }
}

/** Whether two schemas have no common value, as far as their keywords show. */
function excludes(one: unknown, other: unknown, place: Place): boolean {
  countWork(place);
  const [a, b] = [flattened(one, place), flattened(other, place)];
  if (a === false || b === false) return true;
  if (a === true || b === true) return false;
  const isOut = (value: unknown): boolean =>
    !typesOf(b).some((type) => isOfType(value, type)) ||
    (b.enum !== undefined && !b.enum.some((each) => isSame(each, value)));
  return (
    (a.enum?.every(isOut) ?? false) ||
    !typesOf(a).some((type) =>
      typesOf(b).some((its) => includes([type], its) || includes([its], type)),
    ) || // prettier-ignore
    (isSame(typesOf(a), ['object']) && excludesObjects(a, b, place)) ||
    (a.anyOf ?? a.oneOf)?.every((each) => excludes(each, b, place)) === true ||
    (b.anyOf ?? b.oneOf)?.every((each) => excludes(a, each, place)) === true
  );
}

/** Whether two schemas of objects have no common value, because no value of a required property meets both. */
function excludesObjects(a: Keywords, b: Keywords, place: Place): boolean {
  const [own, its] = [a.properties ?? {}, b.properties ?? {}];
  const isOpen = a.additionalProperties ?? a.properties === undefined;
  const isMissing = (name: string): boolean =>
    isOpen === false && !Object.hasOwn(own, name) && !a.required?.includes(name);
  const isWrong = (name: string): boolean =>
    Object.hasOwn(its, name)
      ? Object.hasOwn(own, name) && excludes(own[name], its[name], place)
      : b.additionalProperties === false;
  return (b.required?.some(isMissing) ?? false) || (a.required?.some(isWrong) ?? false);
}
