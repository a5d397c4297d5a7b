/**
 * The interface to C++: reads the descriptions (`*.op.json`, next to the kernels of the native
 * engine) and checks them. A field is one string: its type, and after a colon its meaning.
 *
 *     "y": "out floats?: [rows, width]"
 *
 * `out` marks what a kernel writes, `?` what may be null, `[]` a list of arrays or structs, `packed` a list
 * of structs of ints, `external` a pointer that JavaScript keeps for C++.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Types of numbers and flags, with their types in C++. */
export const SCALARS = {
  int: 'int',
  size: 'size_t',
  uint32: 'uint32_t',
  uint64: 'uint64_t',
  float: 'float',
  double: 'double',
  bool: 'bool',
};

/** Types of arrays: their entries in C++, and the array in JavaScript. */
export const ARRAYS = {
  floats: { entry: 'float', array: 'Float32Array' },
  doubles: { entry: 'double', array: 'Float64Array' },
  ints: { entry: 'int32_t', array: 'Int32Array' },
  bytes: { entry: 'uint8_t', array: 'Uint8Array' },
  halves: { entry: 'uint16_t', array: 'Uint16Array' },
  words: { entry: 'float', array: 'Float32Array | Int32Array' },
  stored: { array: 'Float32Array | Uint16Array | Int8Array | Uint8Array' },
  cached: { entry: 'uint8_t', array: 'Float32Array | Uint16Array | Int8Array' },
};

/**
 * Reads every description below a folder.
 *
 * @returns enums, structs, unions and ops by name; the structs and unions in an order in which each uses only earlier
 *   ones; and the names of types that only C++ defines.
 * @throws Error that names the file and the field.
 */
export function readDescriptions(folder) {
  const found = { enums: {}, structs: {}, unions: {}, ops: {} };
  const taken = new Set();
  const sum = createHash('sha256');
  for (const path of descriptionsIn(folder)) {
    const text = readFileSync(path, 'utf8');
    sum.update(text);
    const file = relative(folder, path);
    for (const [kind, entries] of Object.entries(JSON.parse(text))) {
      if (!(kind in found)) fail(file, 'enums, structs, unions or ops', kind);
      for (const [name, entry] of Object.entries(entries)) {
        for (const each of kind === 'ops' ? [name, structOf(name)] : [name]) {
          if (taken.has(each)) fail(file, 'a new name', each);
          taken.add(each);
        }
        found[kind][name] = kind === 'enums' ? entry : parsed(entry, `${file}: ${name}`);
      }
    }
  }
  for (const [name, { about, fields, returns }] of Object.entries(found.ops)) {
    const struct = structOf(name);
    found.ops[name] = { about, struct, returns, isKernel: [undefined, 'number'].includes(returns) };
    found.structs[struct] = { about, fields };
  }
  for (const { fields } of Object.values(found.structs)) checkPacked(fields, found.structs);
  const [order, externals] = [orderOf(found), externalsOf(found.structs)];
  return { ...found, order, externals, sha256: sum.digest('hex') };
}

/** Returns the names of the types of `external` fields, whose memory belongs to C++, without duplicates. */
function externalsOf(structs) {
  const fields = Object.values(structs).flatMap((struct) => struct.fields);
  return [...new Set(fields.filter(({ mark }) => mark === 'external').map(({ type }) => type))];
}

/** Returns the name of the struct with an op's fields: `MatMul` for `matMul`. */
function structOf(op) {
  return op[0].toUpperCase() + op.slice(1);
}

/** Checks that structs of `packed` fields, which are passed as an Int32Array, have only int fields. */
function checkPacked(fields, structs) {
  for (const { mark, type, where } of fields) {
    if (mark !== 'packed') continue;
    const isOfInts = structs[type]?.fields.every(({ type: each }) => each === 'int');
    if (!isOfInts) fail(where, 'a struct of ints alone', `packed ${type}`);
  }
}

function descriptionsIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.op.json'))
    .sort()
    .map((name) => join(folder, name));
}

function parsed({ fields = {}, shared = {}, ...rest }, where) {
  return { ...rest, fields: parseFields(fields, where), shared: parseFields(shared, where) };
}

function parseFields(fields, where) {
  return Object.entries(fields).map(([name, text]) => {
    const match = /^(out |packed |external )?(\w+)(\[\])?(\?)?(?:: (.+))?$/.exec(text);
    if (!match) fail(`${where}.${name}`, 'a type, and what it means behind a colon', text);
    const [, mark, type, list, nullable, about] = match;
    const isArray = type in ARRAYS;
    if (type in SCALARS && mark?.trim() !== 'packed' && (mark ?? list ?? nullable) !== undefined) {
      fail(`${where}.${name}`, 'a single number that is read and never null', text);
    }
    return {
      ...{ name, type, about, isArray, mark: mark?.trim(), where: `${where}.${name}` },
      ...{ isList: list !== undefined, isNullable: nullable !== undefined },
    };
  });
}

/** Returns names of structs and unions, each after the names that it contains. */
function orderOf({ enums, structs, unions }) {
  const order = [];
  const visit = (name, from) => {
    if (name in SCALARS || name in ARRAYS || name in enums || order.includes(name)) return;
    const entry = structs[name] ?? unions[name];
    if (!entry) fail(from, 'a type', name);
    for (const kind of Object.values(entry.kinds ?? {})) visit(kind, name);
    for (const { mark, type, where } of [...(entry.shared ?? []), ...entry.fields]) {
      if (mark !== 'external') visit(type, where);
    }
    order.push(name);
  };
  for (const name of [...Object.keys(structs), ...Object.keys(unions)]) visit(name, name);
  return order;
}

function fail(where, expected, got) {
  throw new Error(`${where}: expected ${expected}, got ${got}`);
}
