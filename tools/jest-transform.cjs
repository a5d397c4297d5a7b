const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const swc = require('@swc/jest');

/**
 * Globals that code of a module reads often. In ESM mode jest looks a global up through the interceptors of its
 * sandbox: 194 ns for `Math`, instead of 2 ns for a constant of the module. Its setting `sandboxInjectedGlobals` only
 * helps CommonJS.
 */
const GLOBALS = [
  ...[
    'Array',
    'ArrayBuffer',
    'DataView',
    'Infinity',
    'Map',
    'Math',
    'NaN',
    'Number',
    'Object',
    'Set',
  ],
  ...['Float32Array', 'Float64Array', 'Int8Array', 'Int16Array', 'Int32Array'],
  ...['String', 'Uint8Array', 'Uint16Array', 'Uint32Array'],
];
const own = readFileSync(__filename, 'utf8');

/** Returns the source of a module with a constant for each of these globals that it names. */
function withConstants(source) {
  const named = GLOBALS.filter((name) => new RegExp(`\\b${name}\\b`).test(source));
  return `const { ${named.join(', ')} } = globalThis; ${source}`; // in its first line, so that lines keep their numbers
}

/** Compiler of TypeScript by swc, for jest. */
module.exports = {
  createTransformer(options) {
    const { process, processAsync, getCacheKey } = swc.createTransformer(options);
    return {
      process: (source, ...rest) => process(withConstants(source), ...rest),
      processAsync: (source, ...rest) => processAsync(withConstants(source), ...rest),
      getCacheKey: (...given) =>
        createHash('sha1')
          .update(getCacheKey(...given))
          .update(own)
          .digest('hex'),
    };
  },
};
