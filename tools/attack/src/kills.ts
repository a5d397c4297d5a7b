import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';

import { type Model, randomAt } from '@ramble/core';
import { spawnTypescript } from '@ramble/node/testing';
import { folderStorage } from '@ramble/runs/node';
import { loadRun, resumeRun } from '@ramble/runs';

import type { Attack, AttackSetup, Attempt } from './attack.js';
import { attempt, expectSame } from './attempt.js';

const program = new URL('save-until-killed.ts', import.meta.url);

/** A training that saves checkpoint after checkpoint and is killed at a random moment. */
export const kills: Attack = {
  name: 'kills',
  promise: 'The run loads and resumes; moments belong to their model; no saved step is lost.',
  tries: { small: 3, full: 70 },
  attempts,
};

async function* attempts({ tries, seed, folder }: AttackSetup): AsyncGenerator<Attempt> {
  const storage = folderStorage(folder);
  const random = randomAt({ seed, purpose: 'sample', step: 0 });
  let lastStep = -1;
  for (let kill = 0; kill < tries; kill++) {
    const child = spawnTypescript(program, folder);
    const errors = child.stderr.setEncoding('utf8').toArray();
    let saved = -1;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      saved = Number(/(\d+)\n$/.exec(text)?.[1] ?? saved);
    });
    await once(child.stdout, 'data'); // the first save
    const milliseconds = 60 * random.uniform(kill);
    await setTimeout(milliseconds);
    child.kill('SIGKILL');
    await once(child, 'close');
    yield await attempt(`killed ${milliseconds.toFixed(1)} ms after its first save`, async () => {
      expectSame('its standard error', await errors, []);
      const best = await loadRun(storage);
      expectSame('the best model', valueOf(best.model), best.step);
      const { model, state, step } = await resumeRun(storage);
      expectSame('the step of the state', state.step, step);
      if (step < saved || step <= lastStep) {
        throw new Error(`step: expected at least ${Math.max(saved, lastStep + 1)}, got ${step}`);
      }
      lastStep = step;
      // The process was killed before it updated best.json; resuming repairs that.
      expectSame('the best checkpoint is at most three older', step - best.step <= 3, true);
      expectSame('the best step', (await loadRun(storage)).step, step - (step % 3));
      expectSame('the model', valueOf(model), step);
      expectSame('its means', valueOf(model, 'mean'), step + 0.25);
      expectSame('its variances', valueOf(model, 'variance'), step + 0.5);
    });
  }
}

/** Returns the number that all entries of the parameters, or of a moment, have; `undefined` if entries differ. */
function valueOf({ parameters }: Model, slot?: 'mean' | 'variance'): number | undefined {
  const all = parameters.specs.map(({ name }) => parameters.read(name, slot));
  const value = all[0][0];
  return all.every((values) => values.every((x) => x === value)) ? value : undefined;
}
