/**
 * Generator of the TypeScript part of the interface: types, and functions that pass the fields in the order that C++
 * expects.
 */
import { ARRAYS, SCALARS } from './read-descriptions.mjs';

/** @returns the text of `src/addon/ops.gen.ts`. */
export function toTypeScript(description) {
  const { enums, structs, unions, ops, order, externals, sha256 } = description;
  return `// npm run build:native, from the *.op.json files beside the kernels.

/** SHA-256 of the descriptions; a binary that was made of others is refused. */
export const OPS_SHA256 = '${sha256}';

${Object.entries(enums).map(enumOf).join('\n')}
${externals.map(externalOf).join('\n')}
${order.map((name) => (name in unions ? unionOf(name, unions[name]) : interfaceOf(name, structs[name]))).join('\n')}
/** The ops of the addon, which takes the fields of each by name. The caller has checked kinds, shapes and ids. */
export interface NativeOps {
${Object.entries(ops)
  .map(
    ([name, op]) =>
      `${comment(op.about, '  ')}  readonly ${name}: (fields: ${op.struct}) => ${returnType(op)};`,
  )
  .join('\n')}
}

/** The functions of the binary, which take arguments in the order of the descriptions. */
export type PositionalOps = Readonly<Record<keyof NativeOps, (...values: unknown[]) => unknown>>;

/** Ops by the names of their fields, over functions that take them in their order. */
export function namedOps(addon: PositionalOps): NativeOps {
  const { ${Object.keys(ops).join(', ')} } = addon;
  return {
${Object.entries(ops)
  .map(([name, op]) => {
    const call = `${name}(${values('p', structs[op.struct].fields, description).join(', ')})`;
    return `    ${name}: (p) => ${op.returns ? `${call} as ${returnType(op)}` : `void ${call}`},`;
  })
  .join('\n')}
  };
}
${Object.entries(unions)
  .map(([name, union]) => unionValues(name, union, description))
  .join('')}${packedIn(structs)
    .map((name) => packedValues(name, structs[name]))
    .join('')}`;
}

function enumOf([name, values]) {
  return `export type ${name} = ${values.map((value) => `'${value}'`).join(' | ')};
const ${tableOf(name)}: Readonly<Record<${name}, number>> = { ${values.map((value, i) => `${value}: ${i}`).join(', ')} };
`;
}

function externalOf(name) {
  const tag = name[0].toLowerCase() + name.slice(1);
  return `declare const ${tag}: unique symbol;
/** Memory of C++ that JavaScript keeps. */
export interface ${name} {
  readonly [${tag}]: never;
}
`;
}

function interfaceOf(name, { about, fields }) {
  return `/** ${about} */
export interface ${name} {
${members(fields)}
}
`;
}

function unionOf(name, { about, kinds, shared }) {
  const common = shared.length > 0 ? `${name}Fields & ` : '';
  const fields = `interface ${name}Fields {\n${members(shared)}\n}\n`;
  const members_ = Object.entries(kinds).map(
    ([kind, struct]) => `  | (${common}{ readonly kind: '${kind}' } & ${struct})`,
  );
  return `${shared.length > 0 ? fields : ''}/** ${about} */
export type ${name} =
${members_.join('\n')};
`;
}

function members(fields) {
  return fields
    .map((field) => `${comment(field.about, '  ')}  readonly ${field.name}: ${typeOf(field)};`)
    .join('\n');
}

function typeOf({ type, mark, isList, isNullable }) {
  const scalar = type === 'bool' ? 'boolean' : 'number';
  const plain = type in SCALARS ? scalar : (ARRAYS[type]?.array ?? type);
  const listed =
    isList || mark === 'packed'
      ? `readonly ${plain.includes('|') ? `(${plain})` : plain}[]`
      : plain;
  return isNullable ? `${listed} | null` : listed;
}

function returnType({ returns }) {
  return returns ?? 'void';
}

/**
 * Returns the TypeScript expressions of a struct's fields as arguments, in order. `path` is the expression of the
 * struct.
 */
function values(path, fields, description, isOptional = false) {
  const { enums, structs, unions } = description;
  const dot = isOptional ? '?.' : '.';
  return fields.flatMap(({ name, type, mark, isList, isNullable, isArray }) => {
    const value = `${path}${dot}${name}`;
    if (mark === 'packed') return `packed${type}(${value})`;
    if (mark === 'external' || (isArray && !isOptional)) return value;
    if (isArray) return `${value} ?? null`;
    if (isList) return type in unions ? `${value}.map(valuesOf${type})` : value;
    if (type in unions) return `valuesOf${type}(${value})`;
    if (type in structs)
      return values(value, structs[type].fields, description, isOptional || isNullable);
    if (type in enums && isOptional) return `${value} ? ${tableOf(type)}[${value}] : 0`;
    if (type in enums) return `${tableOf(type)}[${value}]`;
    return isOptional ? `${value} ?? ${type === 'bool' ? 'false' : '0'}` : value;
  });
}

function unionValues(name, { kinds, shared }, description) {
  const cases = Object.entries(kinds).map(([kind, struct], i) => {
    const fields = [...shared, ...description.structs[struct].fields];
    return `    case '${kind}':
      return [${[i, ...values('p', fields, description)].join(', ')}];`;
  });
  return `
function valuesOf${name}(p: ${name}): unknown[] {
  switch (p.kind) {
${cases.join('\n')}
  }
}
`;
}

function packedIn(structs) {
  const fields = Object.values(structs).flatMap(({ fields }) => fields);
  return fields.filter(({ mark }) => mark === 'packed').map(({ type }) => type);
}

function packedValues(name, { fields }) {
  return `
function packed${name}(list: readonly ${name}[]): Int32Array {
  const packed = new Int32Array(${fields.length} * list.length);
  let i = 0;
  for (const p of list) {
${fields.map((field) => `    packed[i++] = p.${field.name};`).join('\n')}
  }
  return packed;
}
`;
}

/** Returns the table's name: UNARY_FUNCTION for UnaryFunction. */
function tableOf(name) {
  return name.replace(/(?<!^)[A-Z]/g, '_$&').toUpperCase();
}

function comment(about, indent) {
  return about
    ? `${indent}/** ${about[0].toUpperCase()}${about.slice(1)}${/[.)]$/.test(about) ? '' : '.'} */\n`
    : '';
}
