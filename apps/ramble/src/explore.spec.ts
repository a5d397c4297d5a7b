import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

import { smallTraining, type SmallTraining } from '../test/small-training.js';
import { startExplore, type StartedExplorer } from '../test/start-explore.js';
import { startRamble } from '../test/start-ramble.js';

interface Run {
  readonly name: string;
  readonly state: string;
  readonly step: number;
  readonly problem?: string;
}

interface LogPart {
  readonly entries: readonly object[];
  readonly to: number;
  readonly isNew: boolean;
}

let training: SmallTraining;
let explorer: StartedExplorer;
beforeAll(async () => {
  training = await smallTraining();
  await mkdir(training.at('runs'));
  explorer = await startExplore(['--runs', 'runs'], training.at('.'));
});
afterAll(async () => {
  await explorer.stop();
  await training.remove();
});

const runs = (from = explorer): Promise<Run[]> => from.ask<Run[]>('runs');
const runOf = async (name: string, from = explorer): Promise<Run | undefined> =>
  (await runs(from)).find((run) => run.name === name);

/** Waits until a run meets a condition. */
async function until(name: string, isSo: (run: Run) => boolean, from = explorer): Promise<Run> {
  for (;;) {
    const run = await runOf(name, from);
    if (run && isSo(run)) return run;
    await setTimeout(20);
  }
}

describe('explore, while a run trains', () => {
  it('reads the run while it trains, and changes none of its files', async () => {
    expect(await startRamble(training.trained('alone', 120))).toMatchObject({ status: 0 });
    const over = new AbortController();
    const trained = startRamble(training.trained('runs/watched', 120)).finally(() => over.abort());
    const states = new Set<string>();
    const entries: object[] = [];
    let to = 0;
    while (!over.signal.aborted) {
      const run = await runOf('watched');
      await setTimeout(5);
      if (!run) continue;
      states.add(run.state);
      const part = await explorer.ask<LogPart>('log', { run: 'watched', from: to, max: 1e6 });
      expect(part.isNew).toBe(false);
      entries.push(...part.entries);
      to = part.to;
      await explorer.ask('details', { run: 'watched' });
      if (existsSync(training.at('runs/watched/best.json'))) {
        await explorer.ask('open', { run: 'watched' });
      }
    }
    expect(await trained).toMatchObject({ status: 0, stderr: '' });
    expect(states).toContain('training');
    expect(await runOf('watched')).toMatchObject({ state: 'ended', step: 120 });
    expect(await training.hashOf('runs/watched')).toBe(await training.hashOf('alone'));
    const rest = await explorer.ask<LogPart>('log', { run: 'watched', from: to, max: 1e6 });
    const log = (await readFile(training.at('runs/watched/log.jsonl'), 'utf8')).trim().split('\n');
    expect([...entries, ...rest.entries]).toEqual(log.map((line) => JSON.parse(line) as object));
  });

  it('stops a training, which saves, and resumes it on request', async () => {
    const trained = startRamble(training.trained('runs/long', 1_000_000));
    await until('long', ({ state, step }) => state === 'training' && step > 0);
    expect(await explorer.ask('stop', { run: 'long' })).toEqual({});
    expect(await trained).toMatchObject({ status: 130 });
    const stopped = await until('long', ({ state }) => state === 'stopped');
    const { checkpoints } = await explorer.ask<{ checkpoints: number[] }>('details', {
      run: 'long',
    });
    expect(checkpoints.at(-1)).toBe(stopped.step);

    expect(await explorer.ask('resume', { run: 'long' })).toEqual({});
    await until('long', ({ state, step }) => state === 'training' && step > stopped.step);
    await expect(explorer.ask('resume', { run: 'long' })).rejects.toThrow(
      /^run: expected one that does not train, got one that process \d+ trains$/,
    );
    expect(await explorer.ask('stop', { run: 'long' })).toEqual({});
    await until('long', ({ state }) => state === 'stopped');
    expect(await readFile(training.at('runs/long/resume.log'), 'utf8')).toContain(
      `continuing after step ${stopped.step}\n`,
    );
  });

  it('ends without stopping a training that it resumed, and refuses to stop a run that does not train', async () => {
    const other = await startExplore(['--runs', 'runs'], training.at('.'));
    await other.ask('resume', { run: 'long' });
    expect(await other.stop()).toBe(0);
    expect(await runOf('long')).toMatchObject({ state: 'training' });
    await explorer.ask('stop', { run: 'long' });
    await until('long', ({ state }) => state === 'stopped');
    await expect(explorer.ask('stop', { run: 'long' })).rejects.toThrow(
      'run: expected one that trains, got runs/long, which does not',
    );
  });

  it('returns the error of a training that cannot be resumed', async () => {
    const trained = startRamble(training.trained('runs/lost', 1_000_000));
    await until('lost', ({ step }) => step > 0);
    await explorer.ask('stop', { run: 'lost' });
    await trained;
    await writeFile(training.at('book.txt'), 'another book');
    // A training that holds its run for a moment is said to go on, and its error is in the list of runs.
    const told = await explorer.ask('resume', { run: 'lost' }).then(
      async () => (await until('lost', ({ problem }) => problem !== undefined)).problem,
      (error: unknown) => (error as Error).message.replace('run: expected it to go on, got ', ''), // as ask() throws
    );
    expect(told).toMatch(/^error: .*book\.txt/);
  });
});
