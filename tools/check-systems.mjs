/**
 * `npm run check:systems [-- --all] [-- --only NAME]`: runs the native engine's binaries on systems that this machine
 * is not: Linux with musl, by musl's own loader, and Linux on 64-bit ARM, under qemu-user. On each, the addon loads,
 * the conformance suites of engines pass, and 20 training steps give the same bytes on one thread and on three. With
 * musl they are the bytes of glibc by the same compiler; on ARM the parameters are within the suite's tolerance of the
 * parameters on x64. A part of the suite runs under qemu, and with musl on the best instruction set. With --all, all of
 * it runs, and on Windows too, under Wine. Prints SKIPPED for systems whose programs cannot be had.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { compareArrays } from '@ramble/node/matchers';

import { BINARY, folderOf, hashSources } from './addons/addon-files.mjs';
import { ADDONS } from './addons/addons.mjs';
import { compileAddon } from './addons/compile-addon.mjs';
import { TARGETS } from './addons/targets.mjs';
import { findZig } from './addons/zig.mjs';
import { cacheFolder } from './peers/installed.mjs';
import { commandOf, RUNTIMES } from './systems/runtimes.mjs';

/** Tests that run under qemu only with --all: most shapes of attention, and long trainings. */
const NOT_UNDER_QEMU = [
  'attention, .* of (?!2 x 7 |1 x 70 )',
  'ten training steps',
  'the same steps on',
  'sequences that fork',
  '50 steps',
  'tokens, attention',
  'transformers (?!(llama|gemma3): )',
  ': ten AdamW',
].join('|');
/** Maximum difference of a parameter after 20 steps; the engine's test suite allows as much for gradients. */
const TOLERANCE = { atol: 1e-4, rtol: 1e-4 };
const SPECS = ['engine', 'llama'];

const root = join(import.meta.dirname, '..');
const native = ADDONS.find(({ name }) => name === 'native');
const { values } = parseArgs({
  options: { all: { type: 'boolean', default: false }, only: { type: 'string' } },
});
if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log('systems: SKIPPED: their programs are fetched for Linux on x64 only');
  process.exit(0);
}
const work = mkdtempSync(join(tmpdir(), 'ramble-systems-'));
try {
  writeFileSync(
    join(work, 'book.txt'),
    'Call me Ishmael. The white whale and the sea.\n'.repeat(200),
  );
  const runtimes = RUNTIMES.filter(({ name, isNightly }) =>
    values.only === undefined ? values.all || !isNightly : values.only === name,
  );
  if (runtimes.length === 0) {
    const names = RUNTIMES.map(({ name }) => name).join(', ');
    throw new Error(`--only: expected one of ${names}, got ${values.only}`);
  }
  const systems = [];
  for (const runtime of runtimes) systems.push(...(await systemOf(runtime)));
  // At the same time: each keeps one core busy.
  const checks = await Promise.allSettled(systems.map(check));
  for (const { reason } of checks.filter(({ status }) => status === 'rejected')) {
    console.error(reason.message);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Returns a list with the runtime, its command and its binary; an empty list if one of them is unavailable. */
async function systemOf(runtime) {
  try {
    const command = commandOf(runtime);
    return [{ ...runtime, command, binary: await binaryFor(targetOf(runtime.target)) }];
  } catch (error) {
    const [reason] = error.message.split('\n');
    console.log(`systems: SKIPPED: ${runtime.title}: its programs cannot be had: ${reason}`);
    return [];
  }
}

function targetOf(name) {
  return TARGETS.find((target) => target.name === name);
}

/** @returns the path of a binary of this clone's sources: that of `npm run prebuild`, or one in the cache folder. */
async function binaryFor(target) {
  const sources = hashSources(native);
  const built = join(native.folder, folderOf(target), BINARY);
  if (existsSync(built) && readFileSync(built).includes(sources)) return built;
  return compileFor(target);
}

/** @returns the path of a binary in the cache folder. */
async function compileFor(target) {
  const sources = hashSources(native);
  const folder = join(cacheFolder(), 'systems', `${target.zig}-${sources.slice(0, 16)}`);
  const path = join(folder, BINARY);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    await compileAddon(native, path, { isStrict: true, target, zig: await findZig() });
  }
  return path;
}

async function check(system) {
  const started = performance.now();
  const { version, sets } = await loadAddon(system);
  console.log(`${system.title}: Node ${version} loads the addon, for ${sets.join(', ')}`);
  await checkTraining(system);
  for (const spec of SPECS) await runSpec(system, spec, sets[0]);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${system.title}: all works (${seconds} s)`);
}

/** @returns Node's version, and the instruction sets that the addon has kernels for and the processor has. */
async function loadAddon(system) {
  const code = `
    const { nativeEngine } = await import('@ramble/native');
    await nativeEngine.load();
    const addon = { exports: {} };
    process.dlopen(addon, process.env.RAMBLE_NATIVE);
    const { platform, arch, versions } = process;
    console.log(JSON.stringify({
      version: \`\${versions.node} (\${platform}-\${arch})\`,
      sets: addon.exports.instructionSets(),
    }));`;
  return JSON.parse(await run(system, ['--input-type=module', '--eval', code]));
}

/** Trains on one thread and on three, and compares the parameters with the ones that glibc on x64 gives. */
async function checkTraining(system) {
  const one = await train(system, 1);
  const three = await train(system, 3);
  if (!one.equals(three)) {
    throw new Error(`${system.title}: expected the same model from 1 and 3 threads, got two`);
  }
  const sameBytes = system.target === 'linux-x64-musl';
  // Compilers differ in what they fuse: the committed binary of glibc is made by another one.
  const glibc = { ...targetOf('linux-x64-musl'), zig: 'x86_64-linux-gnu.2.28' };
  const here = {
    name: `glibc-for-${system.name}`,
    title: 'Linux x64 with glibc',
    command: [process.execPath],
    binary: await (sameBytes
      ? compileFor(glibc)
      : join(root, 'packages/native/prebuilds/linux-x64', BINARY)),
  };
  const expected = await train(here, 3);
  if (sameBytes && !one.equals(expected)) {
    throw new Error(`${system.title}: expected the model that glibc trains, got another`);
  }
  const [actual, wanted] = [one, expected].map(parametersOf);
  const { close, worstDifference } = compareArrays(actual, wanted, TOLERANCE);
  const difference = `parameters differ by at most ${worstDifference.toExponential(1)}`;
  if (!close) throw new Error(`${system.title}: after 20 steps ${difference} from those of x64`);
  const like = sameBytes ? 'they are those of glibc' : `to those of x64, ${difference}`;
  console.log(`${system.title}: 20 steps give the same bytes on 1 and 3 threads; ${like}`);
}

/** @returns the bytes of the model. */
async function train(system, threads) {
  const out = join(work, `${system.name}-${threads}`);
  const words =
    'text train --data book.txt --preset nano --batch-size 4 --max-steps 20 --tokenizer bytes --quiet';
  const bin = join(root, 'apps/ramble/bin/ramble.js');
  await run(system, [bin, ...words.split(' '), '--out', out], {
    cwd: work,
    RAMBLE_THREADS: String(threads),
  });
  return readFileSync(join(out, 'checkpoints/00000020/model.safetensors'));
}

/** Returns all numbers of a safetensors file as one array. All of its tensors must be float32. */
function parametersOf(file) {
  const from = 8 + Number(file.readBigUInt64LE(0));
  return new Float32Array(Uint8Array.from(file.subarray(from)).buffer);
}

async function runSpec(system, spec, bestSet) {
  const isEmulated = system.target.startsWith('linux-arm64');
  const part = isEmulated
    ? `--test-skip-pattern=/${NOT_UNDER_QEMU}/`
    : `--test-skip-pattern=/native on (?!${bestSet}\\b)/`;
  const path = join(root, `packages/native/src/${spec}.spec.ts`);
  const words = [
    '--import',
    './tools/systems/run-specs.mjs',
    '--test-reporter=tap',
    ...(values.all ? [] : [part]),
    path,
  ];
  const report = await run(system, words);
  const countOf = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(report)?.[1]);
  const passed = countOf('pass');
  if (!(passed > 0) || countOf('fail') !== 0) {
    throw new Error(`${system.title}: ${spec}: expected tests that pass, got\n${report}`);
  }
  console.log(`${system.title}: ${passed} tests of ${spec} pass`);
}

/** Runs a system's Node. @returns what it prints, into a file: under Wine, Node cannot open pipes. */
async function run(
  { title, command, binary, environment = {} },
  words,
  { cwd = root, ...settings } = {},
) {
  const own = { RAMBLE_NATIVE: binary, RAMBLE_THREADS: '2', NO_COLOR: '1', ...settings };
  const [program, ...rest] = [...command, ...words];
  const folder = mkdtempSync(join(work, 'run-'));
  const paths = ['stdout', 'stderr'].map((name) => join(folder, name));
  const [stdout, stderr] = paths.map((path) => openSync(path, 'w'));
  const child = spawn(program, rest, {
    cwd,
    env: { ...process.env, ...environment, ...own },
    stdio: ['ignore', stdout, stderr],
  });
  const [status] = await once(child, 'close');
  closeSync(stdout);
  closeSync(stderr);
  const [printed, complaints] = paths.map((path) => readFileSync(path, 'utf8'));
  if (status === 0) return printed;
  throw new Error(`${title}: ${words.join(' ')}: status ${status}\n${printed}${complaints}`);
}
