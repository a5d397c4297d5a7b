import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { folderStorage } from '@ramble/runs/node';
import { loadDomain, loadRun, readSamples, type RunSample } from '@ramble/runs';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { earlySamples } from './sample-outputs.js';
import type { Session } from './session.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-early-'));
  await makeRun(folder, lettersApp);
});
afterAll(() => rm(folder, { recursive: true }));

/** Samples that are kept at evaluations at these times; reading the clock takes `lookMs`. */
async function samplesAt(seconds: readonly number[], lookMs = 0): Promise<RunSample[]> {
  const storage = folderStorage(folder);
  const { model, ...run } = await loadRun(storage);
  const domain = await loadDomain(run, lettersApp.factory);
  const prompts = [domain.encodePrompt('call'), domain.encodePrompt('me')];
  const session = { app: lettersApp, domain, model, data: { prompts }, run } as unknown as Session; // all that is read
  let nowMs = 0;
  const clock = { now: () => (nowMs += lookMs) };
  const sample = earlySamples(session, clock, new AbortController().signal, () => undefined);
  await storage.remove('samples.jsonl');
  const returned: RunSample[] = [];
  for (const second of seconds) {
    nowMs = 1000 * second;
    returned.push(...(await sample(second)));
  }
  model.dispose();
  expect(await readSamples(storage)).toEqual(returned);
  return returned;
}

describe('earlySamples', () => {
  it('keeps an output at an evaluation', async () => {
    const [sample, ...others] = await samplesAt([60]);
    expect(sample).toEqual({ step: 60, output: expect.any(String) as string });
    expect(sample.output.length).toBeGreaterThan(3);
    expect(others).toEqual([]);
  });

  it('takes a hundredth of the time since the last one, and waits until that is enough', async () => {
    const steps = (await samplesAt([5, 9, 11, 16, 22, 31])).map(({ step }) => step);
    expect(steps).toEqual([11, 22]);
  });

  it('ends a text when its time is over', async () => {
    const [whole] = await samplesAt([60]);
    const [part] = await samplesAt([60], 200);
    expect(part.output.length).toBeGreaterThan(0);
    expect(part.output.length).toBeLessThan(whole.output.length);
    expect(whole.output.startsWith(part.output)).toBe(true);
  });
});
