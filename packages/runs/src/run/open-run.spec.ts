import { fingerprint } from '@ramble/core';

import { createTinyRun, edit, tinyRun } from '../../test/tiny-run.js';
import { memoryStorage } from '../storage/run-storage.js';
import { changeTraining, checkIsNew, createRun, openRun } from './open-run.js';

describe('createRun', () => {
  it('writes what the domain saved and a run.json that openRun reads', async () => {
    const run = await createTinyRun();
    expect(await run.storage.list('')).toEqual(['domain', 'run.json']);
    expect(await run.storage.list('domain')).toEqual(Object.keys(tinyRun.domain.files));
    expect(await openRun(run.storage)).toEqual(run);
    expect(run.description.domain.fingerprint).toBe(fingerprint(tinyRun.domain.files));
  });

  it('refuses a folder that is not empty, so that nothing is lost', async () => {
    const storage = memoryStorage('RUN');
    await storage.writeText('thesis.txt', 'years of work');
    await expect(createRun(storage, tinyRun)).rejects.toHaveProperty(
      'message',
      'RUN: expected an empty or new folder, got one that contains thesis.txt',
    );
    expect(await storage.list('')).toEqual(['thesis.txt']);
  });

  it('refuses a folder with a run, not the remains of one', async () => {
    const { storage } = await createTinyRun();
    const message = `${storage.name}: expected an empty or new folder, got one with a run`;
    await expect(createRun(storage, tinyRun)).rejects.toHaveProperty('message', message);
    await expect(checkIsNew(storage)).rejects.toHaveProperty('message', message);
  });

  it.each(['../a', '.hidden', 'a/b', '', '__proto__', 'C:\\a'])(
    'refuses a domain that saves a file named %j',
    async (name) => {
      const domain = { ...tinyRun.domain, files: { [name]: '' } };
      await expect(createTinyRun({ domain })).rejects.toThrow(
        `${name}: expected a file name of letters, digits, ".", "-" and "_"`,
      );
    },
  );

  it('leaves no files if the first checkpoint or run.json cannot be written', async () => {
    const storage = memoryStorage('RUN');
    const full = (): Promise<void> => Promise.reject(new Error('RUN: expected room, got none'));
    const checkpoint = { 'model.safetensors': () => Promise.resolve() };
    const writeFirst = (): Promise<void> => storage.writeFolder('checkpoints/00000000', checkpoint);
    for (const begin of [
      () => createRun(storage, tinyRun, full),
      () => createRun({ ...storage, writeText: full }, tinyRun, writeFirst),
    ]) {
      await expect(begin()).rejects.toThrow('RUN: expected room, got none');
      expect(await storage.list('')).toEqual([]);
    }
    await createRun(storage, tinyRun, writeFirst);
    expect(await storage.list('')).toEqual(['checkpoints', 'domain', 'run.json']);
  });

  it('removes nothing of another creation that was faster', async () => {
    const storage = memoryStorage('RUN');
    const slow = { ...storage, list: () => Promise.resolve([]) }; // looked before the other one wrote
    await createRun(storage, tinyRun);
    await expect(createRun(slow, tinyRun)).rejects.toThrow(
      'RUN/domain: expected nothing at that path, got something',
    );
    expect(await storage.list('')).toEqual(['domain', 'run.json']);
  });

  it('names the remedy if a run that was killed as it began left its files', async () => {
    const storage = memoryStorage('RUN');
    await storage.writeFolder('domain', { 'characters.json': () => Promise.resolve() });
    await expect(createRun(storage, tinyRun)).rejects.toHaveProperty(
      'message',
      'RUN: expected an empty or new folder, got one that contains domain. ' +
        'If that is left of a run that was killed as it began, remove the folder',
    );
  });

  it('refuses a description that could not be read back', async () => {
    const model = { ...tinyRun.model, nHead: 4 };
    await expect(createTinyRun({ model })).rejects.toHaveProperty(
      'message',
      'model: nKvHead: expected a divisor of nHead (4), got 3',
    );
  });
});

describe('openRun', () => {
  it('rejects a storage without a run.json', async () => {
    await expect(openRun(memoryStorage('RUN'))).rejects.toHaveProperty(
      'message',
      'RUN: expected a run with a run.json, got none; name the folder of a run, or put its run.json back from a copy',
    );
  });

  it('names run.json when it is malformed', async () => {
    const { storage } = await createTinyRun();
    await edit(storage, 'run.json', (text) => text.replace('"nLayer": 2', '"nLayer": -2'));
    await expect(openRun(storage)).rejects.toHaveProperty(
      'message',
      'RUN/run.json: model: nLayer: expected an integer of at least 1 and at most 10000, got -2',
    );
    await edit(storage, 'run.json', (text) => text.slice(0, 30));
    await expect(openRun(storage)).rejects.toHaveProperty(
      'message',
      'RUN/run.json: expected JSON, got "{\\n  \\"formatVersion\\": 1,\\n  \\"dom"',
    );
  });
});

describe('changeTraining', () => {
  it('writes settings that the next openRun reads', async () => {
    const run = await createTinyRun();
    const training = { ...run.description.training, maxSteps: 4000 };
    const changed = await changeTraining(run, { training, engine: 'native' });
    expect(changed.description).toEqual({ ...run.description, training, engine: 'native' });
    expect(await openRun(run.storage)).toEqual(changed);
  });

  it('refuses settings that could not be read back, and another optimizer', async () => {
    const run = await createTinyRun();
    const { training } = run.description;
    await expect(
      changeTraining(run, { training: { ...training, maxSteps: 0 } }),
    ).rejects.toHaveProperty(
      'message',
      'training: maxSteps: expected at least 1 when maxMinutes is 0, got 0',
    );
    await expect(
      changeTraining(run, { training: { ...training, optimizer: 'sgd' } }),
    ).rejects.toHaveProperty(
      'message',
      'optimizer: expected adamw, which the run was trained with, got sgd',
    );
    expect(await openRun(run.storage)).toEqual(run);
  });
});
