/**
 * `node tools/systems/count-instructions.mjs`: prints a table of instructions per multiply-add in the inner loops of
 * products, for 64-bit ARM as zig compiles them, and for AVX2 as g++ does. The first number is instructions for each
 * that multiplies vectors; in brackets, for each product of two numbers: a vector of ARM has four floats, one of AVX2
 * eight. These are counts and no times: processors differ in how many instructions they begin in a cycle. Needs
 * Debian's binutils-aarch64-linux-gnu for its disassembler.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { commonFlags, findCompiler, nodeApiHeaders } from '../addons/compiler.mjs';
import { kernelUnits, nativeFolder } from '../addons/native.mjs';
import { findZig } from '../addons/zig.mjs';

/**
 * Measured loops: a name, and a pattern of the C++ function that contains the loop. The rows of a tile depend on the
 * instruction set.
 */
const LOOPS = [
  ['f32, rows of a matrix', (rows) => `tile<${rows}, .{0,40}1, float>`],
  ['f32, packed', (rows) => `tile<${rows}, .{0,40}0, float>`],
  ['f16 weights, several rows', (rows) => `tile<${rows}, .{0,40}1, unsigned short>`],
  ['int8 weights, several rows', (rows) => `tile<${rows}, .{0,40}1, signed char>`],
  ['f32 weights, one row', () => 'multiplyRow<float>'],
  ['f16 weights, one row', () => 'multiplyRow<unsigned short>'],
  ['int8 weights, one row', () => 'multiplyRow<signed char>'],
  ['q8 weights, dot products of bytes', () => 'addPanel<.{0,20}3, .*DotSums<'],
  ['q4 weights, dot products of bytes', () => 'addPanel<.{0,20}4, .*DotSums<'],
  ['attention, one position', () => 'attendGroup\\('],
  ['attention, a prompt', () => 'attendQueries\\('],
];
const SETS = [
  {
    name: 'NEON',
    rows: 8,
    compiler: async () => [await findZig(), 'c++', '-target', 'aarch64-linux-gnu.2.28'],
    flags: ['-DRAMBLE_ISA=portable', '-DRAMBLE_ISA_NAME="portable"'],
    objdump: 'aarch64-linux-gnu-objdump',
    products: { 'fmla v': 4, 'fmls v': 4, 'sdot v': 16 },
    branch: /^(?:b\.\w+|cbn?z|tbn?z)\s.*?\b([0-9a-f]+) </,
  },
  {
    name: 'AVX2',
    rows: 6,
    compiler: () => [findCompiler()],
    flags: kernelUnits.find(({ name }) => name === 'kernels-avx2').flags,
    objdump: 'objdump',
    products: { 'vfn?m(?:add|sub)\\w+ps .*ymm': 8, 'vpdpbusd .*ymm': 32 },
    branch: /^j\w+\s+([0-9a-f]+) </,
  },
];
const work = mkdtempSync(join(tmpdir(), 'ramble-count-'));
try {
  const counts = await Promise.all(SETS.map(countAll));
  console.log(`| inner loop | ${SETS.map(({ name }) => name).join(' | ')} |`);
  console.log(`| --- |${' --- |'.repeat(SETS.length)}`);
  LOOPS.forEach(([title], i) => {
    console.log(`| ${title} | ${counts.map((each) => each[i]).join(' | ')} |`);
  });
} finally {
  rmSync(work, { recursive: true });
}

async function countAll(set) {
  const [program, ...words] = await set.compiler();
  const object = join(work, `${set.name}.o`);
  const headers = [`-I${nodeApiHeaders}`, `-I${join(nativeFolder, 'cpp')}`];
  const source = join(nativeFolder, 'cpp/dispatch/kernels.cc');
  const flags = [...commonFlags, ...headers, '-w', '-O3', ...set.flags];
  execFileSync(program, [...words, ...flags, '-c', source, '-o', object]);
  const text = execFileSync(set.objdump, ['-dC', '--no-show-raw-insn', object], {
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  const loops = loopsOf(text, set);
  return LOOPS.map(([, functionOf]) => {
    const isHere = new RegExp(functionOf(set.rows));
    const found = loops.filter(({ name }) => isHere.test(name));
    // The loop that multiplies most at once; of several, the shortest.
    const [best] = found.sort((a, b) => b.products - a.products || a.length - b.length);
    if (!(best?.products > 0)) throw new Error(`${set.name}: no loop of ${functionOf(set.rows)}`);
    const { length, vectors, products } = best;
    return `${(length / vectors).toFixed(2)} (${(length / products).toFixed(2)})`;
  });
}

/** Returns the innermost loops in assembly text: the function of each, its instructions, and its multiply-adds. */
function loopsOf(text, { products, branch }) {
  const patterns = Object.entries(products).map(([source, count]) => [new RegExp(source), count]);
  const loops = [];
  let name = '';
  let lines = [];
  let lastEnd = -1; // of the last innermost loop
  for (const line of text.split('\n')) {
    const start = /^[0-9a-f]+ <(.*)>:$/.exec(line);
    if (start) [name, lines, lastEnd] = [start[1], [], -1];
    const instruction = /^ *([0-9a-f]+):\t(.*)$/.exec(line);
    if (!instruction) continue;
    const words = instruction[2].replaceAll(/\s+/g, ' ').replace('{vex} ', '');
    const at = Number.parseInt(instruction[1], 16);
    lines.push({ at, words });
    const target = Number.parseInt(branch.exec(words)?.[1] ?? 'ffffffff', 16);
    if (target > at || target < lines[0].at) continue;
    if (target <= lastEnd) continue; // it contains another loop, or goes back to the middle of one
    lastEnd = at;
    const body = lines.filter((each) => each.at >= target);
    const counts = body.map((each) => productsOf(each.words, patterns)).filter(Boolean);
    const sum = counts.reduce((all, each) => all + each, 0);
    loops.push({ name, length: body.length, vectors: counts.length, products: sum });
  }
  return loops;
}

function productsOf(words, patterns) {
  return patterns.find(([pattern]) => pattern.test(words))?.[1] ?? 0;
}
