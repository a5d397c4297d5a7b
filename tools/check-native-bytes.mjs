/**
 * `npx nx bytes native`: compiles the native engine's kernels with the instructions of VNNI, without them, and
 * with only 4-bit products, runs every one of them on each instruction set that this processor
 * has, and compares the bits: products of bytes are sums of integers, so that all processors of an instruction
 * set compute the same. Takes minutes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { caseFlags, caseSources } from './native-cases.mjs';
import { findCompiler } from './addons/compiler.mjs';
import { kernelUnits } from './addons/native.mjs';

const flags = [...caseFlags, '-O3']; // built like the addon
const work = mkdtempSync(join(tmpdir(), 'ramble-bytes-'));
try {
  const forms = [
    [],
    ['-DRAMBLE_WITHOUT_DOT'],
    ['-DRAMBLE_WITHOUT_DOT', '-DRAMBLE_WITHOUT_SIGNED_SUMS'],
  ];
  const programs = forms.map((form, i) => {
    const objects = kernelUnits.map((unit) => {
      const object = join(work, `${unit.name}-${i}.o`);
      run([...flags, ...unit.flags, ...form, '-c', unit.source, '-o', object]);
      return object;
    });
    const program = join(work, `program-${i}`);
    run([...flags, ...caseSources(), ...objects, '-o', program]);
    return program;
  });
  for (const name of kernelUnits.map((unit) => unit.name.replace('kernels-', '')))
    compare(programs, name);
} finally {
  rmSync(work, { recursive: true });
}

function compare(programs, instructionSet) {
  const files = programs.map((program) => `${program}.${instructionSet}`);
  const statuses = programs.map(
    (program, i) => spawnSync(program, [files[i], instructionSet]).status,
  );
  if (statuses.includes(1)) {
    console.error(`bytes: ${instructionSet} SKIPPED, which this processor does not have`);
    return;
  }
  const [first, ...others] = files.map((file) => readFileSync(file));
  if (first.length === 0 || !others.every((other) => first.equals(other))) {
    throw new Error(`bytes: ${instructionSet}: expected the same bits of all forms`);
  }
  console.error(`bytes: ${instructionSet}: ${first.length / 4} numbers are the same`);
}

function run(args) {
  const { status, error } = spawnSync(findCompiler(), args, {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`bytes: the compiler failed; see above`, { cause: error });
}
