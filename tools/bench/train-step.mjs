// Times training steps of an engine beside PyTorch's: both processes are up, and take turns, so that
// whatever else the machine does meets both. Best and median of all steps, and their ratios.
//   node tools/bench/train-step.mjs tensorflow [A B C] [--rounds N] [--steps N]
// The packages must be built (npx nx build), and PyTorch comes by itself (tools/peers/run).
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '4' }, steps: { type: 'string', default: '5' } },
});
const [engine = 'tensorflow', ...configs] = positionals;

/** A process that measures some steps for each line it reads, and answers with a line of JSON. */
function contestant(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const times = [];
  let peakMegabytes = 0;
  return {
    async round() {
      child.stdin.write('go\n');
      const { value, done } = await answers.next();
      if (done) throw new Error(`bench: expected times from ${command}, got its end`);
      const report = JSON.parse(value);
      times.push(...report.milliseconds);
      ({ peakMegabytes } = report);
    },
    end() {
      child.stdin.end();
      const sorted = times.toSorted((a, b) => a - b);
      return { best: sorted[0], median: sorted[Math.floor(sorted.length / 2)], peakMegabytes };
    },
  };
}

const show = ({ best, median, peakMegabytes }) =>
  `best ${best.toFixed(1)} ms, median ${median.toFixed(1)} ms, ${peakMegabytes} MB`;

console.log(`${cpus()[0].model}, ${cpus().length} cores; ${engine} beside PyTorch`);
for (const config of configs.length > 0 ? configs : ['A', 'B', 'C']) {
  const steps = ['--steps', values.steps];
  const ours = contestant('node', [
    join(import.meta.dirname, 'train-step-ours.mjs'),
    engine,
    config,
    ...steps,
  ]);
  const peer = contestant(join(import.meta.dirname, '../peers/run'), [
    'train_step.py',
    config,
    ...steps,
  ]);
  for (let round = 0; round < Number(values.rounds); round++) {
    await ours.round();
    await peer.round();
  }
  const [a, b] = [ours.end(), peer.end()];
  console.log(`${config} ${engine}: ${show(a)}`);
  console.log(`${config} PyTorch: ${show(b)}`);
  const [best, median] = [a.best / b.best, a.median / b.median];
  console.log(`${config} ratio: best ${best.toFixed(2)}, median ${median.toFixed(2)}`);
}
