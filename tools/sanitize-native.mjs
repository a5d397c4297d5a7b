/**
 * `npx nx sanitize native`: compiles the native engine's kernels and packages/native/sanitize with address and
 * undefined-behaviour sanitizers, then with the thread sanitizer, and runs every kernel. Takes about four minutes
 * and needs g++ or clang++ with their sanitizers. `--syntax` only checks that the program matches the kernels, in
 * a second.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { caseFlags, caseSources } from './native-cases.mjs';
import { findCompiler, strictFlags } from './addons/compiler.mjs';
import { kernelUnits } from './addons/native.mjs';

const compiler = findCompiler();
if (compiler === undefined) fail('sanitize: no C++ compiler was found; install g++ or clang++');
const sanitizers = [
  { name: 'address,undefined', scratch: 'sanitize/exact-scratch.cc' },
  { name: 'thread' },
];
const { values } = parseArgs({ options: { syntax: { type: 'boolean', default: false } } });
if (values.syntax) {
  const [program] = caseSources();
  run(compiler, [...caseFlags, ...strictFlags, '-fsyntax-only', program]);
  process.exit();
}
const work = mkdtempSync(join(tmpdir(), 'ramble-sanitize-'));
try {
  for (const { name, scratch } of sanitizers) {
    console.error(`sanitize: ${name}`);
    const flags = [
      ...caseFlags,
      ...strictFlags,
      '-O1',
      '-g',
      `-fsanitize=${name}`,
      '-fno-sanitize-recover=all',
      '-fno-omit-frame-pointer',
    ];
    const objects = kernelUnits.map((unit) => {
      const object = join(work, `${unit.name}.o`);
      run(compiler, [...flags, ...unit.flags, '-c', unit.source, '-o', object]);
      return object;
    });
    const program = join(work, 'sanitize');
    run(compiler, [...flags, ...caseSources(scratch), ...objects, '-o', program]);
    run(program, []);
  }
} finally {
  rmSync(work, { recursive: true });
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`sanitize: ${program} failed; see above`, { cause: error });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
