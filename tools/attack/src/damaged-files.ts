import { open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { randomAt } from '@ramble/core';
import { folderStorage } from '@ramble/runs/node';
import { loadRun, resumeRun } from '@ramble/runs';

import type { Attack, AttackSetup, Attempt } from './attack.js';
import { attempt } from './attempt.js';
import { savedRun } from './saved-run.js';

const FILES = ['model.safetensors', 'training.safetensors', 'training.json'];
const NEWEST = 'checkpoints/00000002';

/** Single flipped bits in weights, moments and state, as by a bad disk. */
export const flips: Attack = {
  name: 'flips',
  promise:
    'A flipped bit of a checkpoint is refused by the name of its file; resuming goes back to the checkpoint before it.',
  tries: { small: 24, full: 400 },
  attempts: (setup) =>
    damage(setup, 'flipped bit', async (path, random) => {
      const { size } = await stat(path);
      const [at, bit] = [Math.floor(random(0) * size), Math.floor(random(1) * 8)];
      await flip(path, at, bit);
      return { what: `${bit} of byte ${at}`, undo: () => flip(path, at, bit) };
    }),
};

/** Truncated files, as from a full disk or a broken copy. */
export const truncations: Attack = {
  name: 'truncations',
  promise:
    'A file of a checkpoint that is cut short is refused by its name; resuming goes back to the checkpoint before it.',
  tries: { small: 24, full: 300 },
  attempts: (setup) =>
    damage(setup, 'cut to', async (path, random) => {
      const bytes = await readFile(path);
      const size = Math.floor(random(0) * bytes.length);
      await truncate(path, size);
      return { what: `${size} bytes`, undo: () => writeFile(path, bytes) };
    }),
};

/** Single flipped bits in run.json, most of them in digits, so that the JSON stays valid. */
export const flippedSettings: Attack = {
  name: 'flipped settings',
  promise: 'A flipped bit of run.json, in a digit or anywhere, is refused by its name.',
  tries: { small: 60, full: 1000 },
  attempts: flipSettings,
};

async function* flipSettings({ tries, seed, folder }: AttackSetup): AsyncGenerator<Attempt> {
  const storage = folderStorage(folder);
  await savedRun(folder, [1]);
  const path = join(folder, 'run.json');
  const text = await readFile(path, 'latin1');
  const digits = [...text.matchAll(/\d/g)].map(({ index }) => index);
  const isDigit = (code: number): boolean => /\d/.test(String.fromCharCode(code));
  for (let turn = 0; turn < tries; turn++) {
    const random = randomAt({ seed, purpose: 'sample', step: turn });
    const anywhere = turn % 4 === 0;
    const at = anywhere
      ? Math.floor(random.uniform(0) * text.length)
      : digits[Math.floor(random.uniform(0) * digits.length)];
    const bits = [0, 1, 2, 3, 4, 5, 6, 7].filter(
      (bit) => anywhere || isDigit(text.charCodeAt(at) ^ (1 << bit)),
    );
    const bit = bits[Math.floor(random.uniform(1) * bits.length)];
    await flip(path, at, bit);
    yield await attempt(`run.json: flipped bit ${bit} of byte ${at}`, async () => {
      await expectRefused(loadRun(storage), path);
      await expectRefused(resumeRun(storage, { onBroken: () => undefined }), path);
    });
    await flip(path, at, bit);
  }
  const whole = await loadRun(storage); // no bit is flipped now
  whole.model.dispose();
}

/** A damage to a file, and a function that undoes it. */
interface Damage {
  readonly what: string;
  readonly undo: () => Promise<void>;
}

async function* damage(
  { tries, seed, folder }: AttackSetup,
  verb: string,
  harm: (path: string, random: (index: number) => number) => Promise<Damage>,
): AsyncGenerator<Attempt> {
  const storage = folderStorage(folder);
  await savedRun(folder, [1, 2]);
  for (let turn = 0; turn < tries; turn++) {
    const random = randomAt({ seed, purpose: 'sample', step: turn });
    const name = FILES[turn % FILES.length];
    const path = join(folder, NEWEST, name);
    const { what, undo } = await harm(path, (index) => random.uniform(index));
    yield await attempt(`${name}: ${verb} ${what}`, async () => {
      await expectRefused(resumeRun(storage), path);
      if (name === 'model.safetensors') await expectRefused(loadRun(storage), path);
      const { step, model } = await resumeRun(storage, { onBroken: () => undefined });
      model.dispose();
      if (step !== 1) throw new Error(`step: expected 1, got ${step}`);
      await storage.move('broken/00000002', NEWEST);
    });
    await undo();
  }
}

/** @throws Error if something was loaded, or the error does not begin with the file's name. */
async function expectRefused(loading: Promise<unknown>, path: string): Promise<void> {
  const error: unknown = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error && error.message.startsWith(`${path}: `)) return;
  throw new Error(
    `expected an error of ${path}, got ${error instanceof Error ? error.message : 'none'}`,
  );
}

async function flip(path: string, at: number, bit: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] ^= 1 << bit;
    await file.write(byte, 0, 1, at);
  } finally {
    await file.close();
  }
}
