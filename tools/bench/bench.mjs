/**
 * `npm run bench`: how fast the engine native is here, as JSON. With `--peers` (`npm run bench:peers`)
 * PyTorch takes turns with it, which tools/peers/run installs first, and the ratios are of medians:
 * above 1, native is ahead.
 *   bench.mjs [--peers] [--rounds N] [workload …]
 */
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const WORKLOADS = {
  products: { script: 'products', peer: 'products.py', args: [] },
  'train-A': { script: 'train-steps', peer: 'train_step.py', args: ['A'] },
  'train-B': { script: 'train-steps', peer: 'train_step.py', args: ['B'] },
  'train-C': { script: 'train-steps', peer: 'train_step.py', args: ['C'] },
  'decode-A-1': { script: 'decode', peer: 'decode.py', args: ['A', '1'] },
  'decode-A-8': { script: 'decode', peer: 'decode.py', args: ['A', '8'] },
  'decode-C-1': { script: 'decode', peer: 'decode.py', args: ['C', '1'] },
  'decode-C-8': { script: 'decode', peer: 'decode.py', args: ['C', '8'] },
};
/** Steps of one turn of training. */
const STEPS = { 'train-A': 20, 'train-B': 2, 'train-C': 2 };

const words = process.argv.slice(2);
const withPeers = words.includes('--peers');
const rounds = words.includes('--rounds') ? Number(words[words.indexOf('--rounds') + 1]) : 5;
const chosen = words.filter((word) => word in WORKLOADS);

const results = {};
for (const name of chosen.length > 0 ? chosen : Object.keys(WORKLOADS)) {
  results[name] = await compare(name);
}
const machine = { date: new Date().toISOString().slice(0, 10), processor: cpus()[0].model };
console.log(JSON.stringify({ ...machine, node: process.versions.node, rounds, results }, null, 2));

async function compare(name) {
  const { script, peer, args } = WORKLOADS[name];
  const steps = STEPS[name];
  const ours = start(process.execPath, [
    pathOf(`${script}.mjs`),
    ...args,
    ...(steps ? [String(steps)] : []),
  ]);
  const theirs = withPeers
    ? start(pathOf('../peers/run'), [peer, ...args, ...(steps ? ['--steps', String(steps)] : [])])
    : undefined;
  const [native, torch] = [[], []];
  for (let round = 0; round < rounds; round++) {
    native.push(await ours.turn());
    if (theirs) torch.push(await theirs.turn());
  }
  ours.end();
  theirs?.end();
  if (!theirs) return summaryOf(native);
  return { native: summaryOf(native), torch: summaryOf(torch), ratio: ratioOf(native, torch) };
}

/** A program that measures once for every line that it is given. */
function start(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    turn: async () => {
      child.stdin.write('\n');
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command} ${args.join(' ')}: ended without a result`);
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}

/** Medians of the rounds: of the steps' times, or of every product's speed. */
function summaryOf(turns) {
  if (Array.isArray(turns[0])) {
    return Object.fromEntries(
      turns[0].map(({ name }, i) => [name, median(turns.map((turn) => turn[i].gigaflops))]),
    );
  }
  const times = turns.flatMap(({ milliseconds }) => milliseconds);
  const { peakMegabytes, ...last } = turns.at(-1);
  const best = Math.min(...times);
  return {
    medianMilliseconds: median(times),
    bestMilliseconds: best,
    ...(peakMegabytes ? { peakMegabytes } : {}),
    ...('tokensPerSecond' in last
      ? { tokensPerSecond: median(turns.map((turn) => turn.tokensPerSecond)) }
      : {}),
  };
}

function ratioOf(native, torch) {
  const [ours, theirs] = [summaryOf(native), summaryOf(torch)];
  if (!Array.isArray(native[0])) {
    return Number((theirs.medianMilliseconds / ours.medianMilliseconds).toFixed(2));
  }
  return Object.fromEntries(
    Object.keys(ours).map((name) => [name, Number((ours[name] / theirs[name]).toFixed(2))]),
  );
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function pathOf(file) {
  return fileURLToPath(new URL(file, import.meta.url));
}
