/** Generator of the C++ part of the interface: structs, enums, functions that read them, and the table of kernels. */
import { ARRAYS, SCALARS } from './read-descriptions.mjs';

/** @returns the text of `cpp/ops/ops.gen.h`. */
export function toCpp({ enums, structs, unions, ops, order, externals, sha256 }) {
  const kernels = Object.entries(ops).filter(([, { isKernel }]) => isKernel);
  return `// npm run build:native, from the *.op.json files beside the kernels.
#pragma once

#include "ops/types.h"

#define RAMBLE_OPS_SHA256 "${sha256}"

namespace ramble {

${Object.entries(enums)
  .map(([name, values]) => `enum class ${name} { ${values.join(', ')} };`)
  .join('\n')}

${externals.map((name) => `struct ${name};\n`).join('')}
${order.map((name) => (name in unions ? unionOf(name, unions[name], unions) : structOf(name, structs[name], unions))).join('\n')}
// The kernels of one instruction set. They return false when there is no memory for their scratch.
// Results do not depend on the number of threads.
struct Kernels {
  const char *name;
${kernels.map(([name, { struct, returns }]) => `  bool (*${name})(const ${struct} &${returns ? ', double *result' : ''});`).join('\n')}
};

#define RAMBLE_EACH_KERNEL(use) ${kernels.map(([name]) => `\\\n  use(${name})`).join(' ')}

#define RAMBLE_KERNEL_COUNT ${kernels.length}

// Arguments of the call that has most of them.
#define RAMBLE_MOST_ARGUMENTS ${Math.max(...order.map((name) => countOf(name, structs, unions)))}

}  // namespace ramble
`;
}

function structOf(name, { about, fields }, unions) {
  return `// ${about}
struct ${name} {
${members(fields)}
};
template <class Reader>
void readFields(Reader &reader, ${name} &p) {
${reads(fields, unions)}}
`;
}

function unionOf(name, { about, shared, kinds }, unions) {
  const names = Object.keys(kinds);
  return `// ${about}
struct ${name} {
  enum class Kind { ${names.join(', ')} };
  Kind kind;
${shared.length > 0 ? `${members(shared)}\n` : ''}  union {
${Object.entries(kinds)
  .map(([kind, struct]) => `    ${struct} ${kind};`)
  .join('\n')}
  };
};
template <class Reader>
void readFields(Reader &reader, ${name} &p) {
  reader.read(p.kind);
${reads(shared, unions)}  switch (p.kind) {
${names.map((kind) => `    case ${name}::Kind::${kind}: return readFields(reader, p.${kind});`).join('\n')}
  }
}
`;
}

function members(fields) {
  return fields
    .map((field) => `  ${declaration(field)};${field.about ? `  // ${field.about}` : ''}`)
    .join('\n');
}

function declaration({ name, type, mark, isList }) {
  const constant = mark === 'out' ? '' : 'const ';
  if (mark === 'external') return `${type} *${name}`;
  if (mark === 'packed') return `Packed<${type}> ${name}`;
  if (type === 'stored') return `Stored ${name}`;
  if (type in ARRAYS) {
    const pointer = `${constant}${ARRAYS[type].entry} *`;
    return isList ? `ArrayList<${constant}${ARRAYS[type].entry}> ${name}` : `${pointer}${name}`;
  }
  if (isList) return `List<${type}> ${name}`;
  return `${SCALARS[type] ?? type} ${name}`;
}

/** Returns statements that read fields in order; a union is passed as a separate array. */
function reads(fields, unions) {
  return fields
    .map(({ name, type, isList }) =>
      type in unions && !isList
        ? `  reader.readUnion(p.${name});\n`
        : `  reader.read(p.${name});\n`,
    )
    .join('');
}

function countOf(name, structs, unions) {
  if (name in unions) {
    const { shared, kinds } = unions[name];
    const longest = Math.max(...Object.values(kinds).map((kind) => countOf(kind, structs, unions)));
    return 1 + shared.length + longest;
  }
  const sizes = structs[name].fields.map(({ type, mark, isList }) =>
    type in structs && !isList && !mark ? countOf(type, structs, unions) : 1,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
