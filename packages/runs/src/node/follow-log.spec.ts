import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { asNobody } from '@ramble/node/testing';

import { followLog, readLogEnd } from './follow-log.js';

let folder: string;
let log: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-log-'));
  log = join(folder, 'log.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const step = (number: number, more = {}): string =>
  `${JSON.stringify({ step: number, ...more })}\n`;
const steps = (first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, i) => step(first + i)).join('');
const read = (from = 0, max = 1000): ReturnType<typeof followLog> =>
  followLog(folder, { from, max });

describe('followLog', () => {
  it('reads added entries, and waits for the rest of a line', async () => {
    expect(await read()).toEqual({ entries: [], to: 0, isNew: false });
    await writeFile(log, '');
    expect(await read()).toEqual({ entries: [], to: 0, isNew: false });
    await appendFile(log, `${steps(1, 2)}{"st`);
    const first = await read();
    expect(first).toMatchObject({ entries: [{ step: 1 }, { step: 2 }], isNew: false });
    expect(await read(first.to)).toEqual({ entries: [], to: first.to, isNew: false });
    await appendFile(log, `ep":3}\n${step(4)}`);
    const second = await read(first.to);
    expect(second).toMatchObject({ entries: [{ step: 3 }, { step: 4 }], isNew: false });
    expect(Number.isSafeInteger(second.to)).toBe(true);
  });

  it('restarts if the file was replaced, even by a file longer than the position', async () => {
    await writeFile(log, steps(1, 9));
    const { to } = await read();
    await writeFile(`${log}-new`, `${steps(1, 5)}${steps(6, 40)}`);
    await rename(`${log}-new`, log);
    const again = await read(to);
    expect([again.isNew, again.entries.length]).toEqual([true, 40]);
    expect(await read(again.to)).toMatchObject({ entries: [], isNew: false });
    await writeFile(log, steps(1, 2)); // the same file, cut short
    expect(await read(again.to)).toMatchObject({
      entries: [{ step: 1 }, { step: 2 }],
      isNew: true,
    });
    await rm(log);
    expect(await read(again.to)).toEqual({ entries: [], to: 0, isNew: true });
    await expect(read(7)).resolves.toMatchObject({ isNew: true }); // a position of nobody's
  });

  it('passes over lines that are no entries', async () => {
    await writeFile(
      log,
      Buffer.from(`${step(1)}\n{"step":-1}\nnull\n{"step":2,"loss":"x"}\n\xff\n`),
    );
    await appendFile(log, step(3));
    expect((await read()).entries).toEqual([{ step: 1 }, { step: 3 }]);
  });

  it('thins a long part, and keeps validations, the first and the last entry', async () => {
    const lines = Array.from({ length: 10_000 }, (_, i) =>
      step(i, i % 1000 === 7 ? { validationLoss: i } : { loss: i }),
    );
    await writeFile(log, lines.join(''));
    const { entries } = await read(0, 100);
    expect(entries.length).toBeGreaterThanOrEqual(100);
    expect(entries.length).toBeLessThanOrEqual(111);
    expect(entries.filter(({ validationLoss }) => validationLoss !== undefined)).toHaveLength(10);
    expect([entries[0].step, entries.at(-1)?.step]).toEqual([0, 9999]);
  });

  it('reads a log of more than a part in several turns, without a line left out', async () => {
    const long = ' '.repeat(400); // 42 MB
    const lines = Array.from({ length: 100_000 }, (_, i) => `${step(i).trim()}${long}\n`);
    await writeFile(log, lines.join(''));
    const first = await read(0, 10);
    const second = await read(first.to, 10);
    expect(first.entries[0]).toEqual({ step: 0 });
    expect(second.entries[0].step).toBe((first.entries.at(-1)?.step ?? 0) + 1);
    expect(second.entries.at(-1)).toEqual({ step: 99_999 });
    expect((await read(second.to, 10)).entries).toEqual([]);
  });

  it('follows no link, waits for no pipe, and reports the fault', async () => {
    const secret = join(folder, 'secret');
    await writeFile(secret, step(1));
    await symlink(secret, log);
    const ofLink = `${folder}/log.jsonl: expected a file, got a link`;
    await expect(read()).rejects.toHaveProperty('message', ofLink);
    await expect(readLogEnd(folder)).rejects.toHaveProperty('message', ofLink);
    await rm(log);
    await mkdir(log);
    await expect(read()).rejects.toThrow(`${folder}/log.jsonl: expected a file, got a folder`);
    await rm(log, { recursive: true });
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [log]);
      await expect(read()).rejects.toThrow(
        `${folder}/log.jsonl: expected a file, got a folder or a pipe`,
      );
      await rm(log);
    }
    await writeFile(log, step(1), { mode: 0o200 });
    await asNobody(async () => {
      await expect(read()).rejects.toThrow('expected permission to use it, got permission denied');
    });
  });
});

describe('readLogEnd', () => {
  it('returns the newest value of each quantity', async () => {
    expect(await readLogEnd(folder)).toEqual({});
    await writeFile(
      log,
      `${step(1, { loss: 3, validationLoss: 2 })}${step(2, { loss: 1 })}{"step":3`,
    );
    await appendFile(log, '}\n');
    const { last, lastStep, changedMs } = await readLogEnd(folder);
    expect(last).toEqual({ step: 3, loss: 1, validationLoss: 2 });
    expect(lastStep).toEqual({ step: 2, loss: 1 });
    expect(Math.abs(Date.now() - (changedMs ?? 0))).toBeLessThan(10_000);
  });

  it('reads the end of a long log alone', async () => {
    await writeFile(log, steps(1, 100_000));
    expect((await readLogEnd(folder)).last).toEqual({ step: 100_000 });
  });
});
