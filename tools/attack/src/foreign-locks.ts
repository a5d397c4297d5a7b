import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { type Random, randomAt } from '@ramble/core';
import { folderStorage, lockRun } from '@ramble/runs/node';
import { createRun } from '@ramble/runs';

import type { Attack, AttackSetup, Attempt } from './attack.js';
import { attempt } from './attempt.js';
import { type ExplorerProgram, explorerProgram } from './explorer-program.js';
import { tinyRun } from './small-run.js';

/** Locks that name processes which do not train the run: from a stranger's folder, copied, or left over. */
export const foreignLocks: Attack = {
  name: 'foreign locks',
  promise: 'Stop in the Explorer signals no process but the one that holds the lock of that run.',
  tries: { small: 40, full: 500 },
  attempts,
};

const WITHIN_MS = 20_000;

async function* attempts({ tries, seed, folder }: AttackSetup): AsyncGenerator<Attempt> {
  for (const name of ['idle', 'held']) await createRun(folderStorage(join(folder, name)), tinyRun);
  const release = await lockRun(join(folder, 'held'));
  const held = join(folder, 'held/.lock');
  const explorer = await explorerProgram(['--runs', folder]);
  const victim = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  try {
    for (let turn = 0; turn < tries; turn++) {
      const lock = join(folder, 'idle/.lock');
      await rm(lock, { force: true });
      const what = await forge(
        lock,
        held,
        victim,
        randomAt({ seed, purpose: 'sample', step: turn }),
      );
      yield await attempt(what, () => expectIgnored(explorer, victim));
    }
  } finally {
    victim.kill('SIGKILL');
    await explorer.close();
    await release();
  }
}

/** Writes a lock that no training of the run has written, and describes it. */
async function forge(
  lock: string,
  held: string,
  victim: ChildProcess,
  random: Random,
): Promise<string> {
  let turn = 0;
  const one = <T>(list: readonly T[]): T => list[Math.floor(random.uniform(turn++) * list.length)];
  const kind = one(['copy', 'hard link', 'fields', 'fields', 'fields', 'fields', 'short'] as const);
  if (kind === 'copy') await copyFile(held, lock);
  if (kind === 'hard link') await link(held, lock);
  if (kind === 'copy' || kind === 'hard link') return `a ${kind} of another run's lock`;
  const [, host, boot, namespace] = (await readFile(held, 'utf8')).trim().split(' ');
  const { pid = 0 } = victim;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const start = stat.slice(stat.lastIndexOf(')')).split(' ')[20] ?? 'unknown'; // as proc(5) counts
  const fields = [
    one([pid, pid, pid, process.pid, process.ppid, 1, 0, -1, -pid, `+${pid}`, `${pid}.0`, '0x1']),
    one([host, host, host, hostname(), 'elsewhere', '']),
    one([boot, boot, boot, 'unknown', '']),
    one([namespace, namespace, namespace, 'unknown', '']),
    one([start, start, 'unknown', `${Number(start) + 1}`, '']),
  ];
  const text = fields.slice(0, kind === 'short' ? one([0, 1, 2, 3, 4]) : 5).join(' ');
  await writeFile(lock, one([text, `${text}\n`, `${text} more\n`, `\n${text}`]));
  return `a lock of ${JSON.stringify(text)}`;
}

/** @throws Error unless the call was refused by name and the process still runs. */
async function expectIgnored({ ask }: ExplorerProgram, victim: ChildProcess): Promise<void> {
  const body = JSON.stringify({ run: 'idle' });
  const response = await ask('stop', body, AbortSignal.timeout(WITHIN_MS));
  const text = await response.text();
  await setTimeout(5); // time in which a signal would arrive
  if (victim.exitCode !== null || victim.signalCode !== null) {
    throw new Error('the process was signalled');
  }
  if (response.status >= 400 && response.status < 500 && text.includes('run: ')) return;
  throw new Error(`status: expected a refusal by name, got ${response.status}, ${text}`);
}
