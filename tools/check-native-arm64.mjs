/**
 * `npx nx arm64 native`: compiles the native engine's kernels for 64-bit ARM and runs every one of
 * them under an emulator, on one thread and on three. Compares their results with this processor's,
 * and the bits of a processor that has SDOT with the bits of one that lacks it. Takes minutes and
 * needs Debian's g++-aarch64-linux-gnu and qemu-user, or others of their kind in `$CXX_ARM64` and
 * `$QEMU_ARM64`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { caseFlags, caseSources } from './native-cases.mjs';
import { findCompiler } from './addons/compiler.mjs';
import { kernelUnits, nativeFolder } from './addons/native.mjs';

const { CXX_ARM64 = 'aarch64-linux-gnu-g++', QEMU_ARM64 = 'qemu-aarch64' } = process.env;
const flags = [...caseFlags, '-O3']; // built like the addon: products and sums are fused
const sources = caseSources();
const kernels = join(nativeFolder, 'cpp/dispatch/kernels.cc');
const work = mkdtempSync(join(tmpdir(), 'ramble-arm64-'));
try {
  const program = join(work, 'arm64');
  const plain = ['-DRAMBLE_ISA=portable', '-DRAMBLE_ISA_NAME="portable"'];
  run(CXX_ARM64, [...flags, ...plain, '-static', kernels, ...sources, '-o', program]);
  run(QEMU_ARM64, [program]);
  run(QEMU_ARM64, [program, join(work, 'there')]);
  compareBits(program);

  const objects = kernelUnits.map((unit) => {
    const object = join(work, `${unit.name}.o`);
    run(findCompiler(), [...flags, ...unit.flags, '-c', unit.source, '-o', object]);
    return object;
  });
  run(findCompiler(), [...flags, ...sources, ...objects, '-o', join(work, 'here')]);
  run(join(work, 'here'), [join(work, 'numbers')]);
  compare(numbersIn('there'), numbersIn('numbers'));
} finally {
  rmSync(work, { recursive: true });
}

/** Compares bits of two processors: the first has SDOT, the second is older and lacks it. */
function compareBits(program) {
  const [withDot, without] = ['max', 'cortex-a57'].map((processor) => {
    const file = join(work, processor);
    run(QEMU_ARM64, ['-cpu', processor, program, file, 'portable']);
    return readFileSync(file);
  });
  if (withDot.length === 0 || !withDot.equals(without)) {
    throw new Error('arm64: expected the same bits with SDOT and without');
  }
  console.error(`arm64: ${withDot.length / 4} numbers are the same with SDOT and without`);
}

function compare(emulated, native) {
  if (emulated.length !== native.length) {
    throw new Error(`arm64: expected ${native.length} numbers, got ${emulated.length}`);
  }
  let worst = 0;
  emulated.forEach((value, i) => {
    const difference = Math.abs(value - native[i]) / (1 + Math.abs(native[i]));
    if (difference > worst) worst = difference;
    if (difference <= 1e-3 || Object.is(value, native[i])) return;
    throw new Error(`arm64: number ${i}: expected ${native[i]}, got ${value}`);
  });
  console.error(
    `arm64: ${emulated.length} numbers agree within ${worst.toExponential(1)} of 1 + size`,
  );
}

function numbersIn(name) {
  const { buffer } = Uint8Array.from(readFileSync(join(work, name)));
  return new Float32Array(buffer);
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`arm64: ${program} failed; see above`, { cause: error });
}
