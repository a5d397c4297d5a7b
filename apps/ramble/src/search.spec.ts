import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';

import { runHere } from '../test/run-here.js';
import { startRamble } from '../test/start-ramble.js';

const TEXT = 'Call me Ishmael. Some years ago, never mind how long, I went to sea.\n'.repeat(20);
const SHAPE = ['--n-embd', '16', '--n-head', '2', '--context-length', '16', '--tokenizer', 'char'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-search-'));
  await writeFile(join(folder, 'whale.txt'), TEXT);
});
afterAll(() => rm(folder, { recursive: true }));

const words = (out: string): string[] => [
  ...['text', 'search', '--data', join(folder, 'whale.txt'), '--out', join(folder, out), '--json'],
  ...['--over', 'learning-rate=0.001:0.01,n-layer=1:2', '--max-steps', '80', '--engine', 'cpu'],
  ...SHAPE,
];

interface Row {
  readonly trial: number;
  readonly command: string;
}
/** The rows without measured speeds and names of folders. */
function table(json: string, out: string): Row[] {
  const { rows } = JSON.parse(json.replaceAll(join(folder, out), 'OUT')) as { rows: Row[] };
  return rows.map((row) => ({ ...row, tokensPerSecond: undefined }));
}

describe('ramble text search', () => {
  it('ends with the same table and winner when it is killed at any moment and started again', async () => {
    const whole = await runHere(words('whole'), { cacheFolder: join(folder, 'cache') });
    expect(whole.status).toBe(0);
    const [first, ...others] = table(whole.stdout, 'whole');
    // In a training of the first rung, between two trainings, between rungs, and in the last rung.
    const moments = [
      'trial-1/checkpoints/00000016',
      'rung 1 of 3, trial 3 ',
      'rung 2 of 3, trial ',
      `trial-${first.trial}/checkpoints/00000048`,
    ];
    for (const moment of moments) {
      let timer: NodeJS.Timeout | undefined;
      const { signal } = await startRamble(words('killed'), {
        cacheFolder: join(folder, 'cache'),
        onLine: (line, child) => {
          timer ??= setInterval(() => {
            if (existsSync(join(folder, 'killed', moment))) child.kill('SIGKILL');
          }, 1);
          if (line.startsWith(moment)) child.kill('SIGKILL');
        },
      });
      clearInterval(timer);
      expect([moment, signal]).toEqual([moment, 'SIGKILL']);
    }
    const ended = await runHere(words('killed'), { cacheFolder: join(folder, 'cache') });
    expect(ended.status).toBe(0);
    expect(table(ended.stdout, 'killed')).toEqual([first, ...others]);
    const models = ['whole', 'killed'].map((out) =>
      readFile(join(folder, out, `trial-${first.trial}/checkpoints/00000080/model.safetensors`)),
    );
    const [model, again] = await Promise.all(models);
    expect(again).toEqual(model);
  });
});
