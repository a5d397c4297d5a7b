import { Readable } from 'node:stream';

import type { Files } from '@ramble/core';

import { createTinyRun, edit, tinyRun } from '../../test/tiny-run.js';
import { memoryStorage } from '../storage/run-storage.js';
import { adaptDomain, loadDomain } from './load-domain.js';

const factory = {
  load: (files: Files) => Promise.resolve({ name: 'text', files }),
};

const damaged = (got: string): string =>
  `RUN/domain: expected the files that the run was trained with, got ${got}; put them back from a copy of the run`;

describe('loadDomain', () => {
  it("hands the factory the files that the domain's save wrote", async () => {
    const { files } = await loadDomain(await createTinyRun(), factory);
    expect(files).toEqual(tinyRun.domain.files);
  });

  it('does not count what an operating system leaves in a folder', async () => {
    const run = await createTinyRun();
    await run.storage.writeText('domain/.DS_Store', 'x');
    expect((await loadDomain(run, factory)).files).toEqual(tinyRun.domain.files);
  });

  it('refuses files that differ from the files of the run', async () => {
    const run = await createTinyRun();
    await edit(run.storage, 'domain/characters.json', () => '["b","a"]\n');
    await expect(loadDomain(run, factory)).rejects.toHaveProperty('message', damaged('others'));
    const reading = { load: () => Promise.reject(new Error('settings.json: expected x, got {}')) };
    await expect(loadDomain(run, reading)).rejects.toHaveProperty(
      'message',
      damaged('others (settings.json: expected x, got {})'),
    );
  });

  it('reads no examples for another domain if the files differ from the files of the run', async () => {
    const run = await createTinyRun();
    await edit(run.storage, 'domain/characters.json', () => '["b","a"]\n');
    const adapt = (): Promise<never> => Promise.reject(new Error('expected no call, got one'));
    await expect(adaptDomain(run, adapt, Readable.from([]), {})).rejects.toHaveProperty(
      'message',
      damaged('others'),
    );
  });

  it('rejects a run whose files are missing', async () => {
    const { description } = await createTinyRun();
    const run = { storage: memoryStorage('RUN'), description };
    await expect(loadDomain(run, factory)).rejects.toHaveProperty('message', damaged('none'));
  });

  it('refuses a factory of another domain', async () => {
    const music = { load: () => Promise.resolve({ name: 'music' }) };
    await expect(loadDomain(await createTinyRun(), music)).rejects.toHaveProperty(
      'message',
      'RUN: expected a run of the domain music, got text',
    );
  });

  it('names the domain of files that a factory cannot read, whether it throws or rejects', async () => {
    const reason = new Error('music.json: expected the file, got none');
    const later = { load: () => Promise.reject(reason) };
    const now = {
      load: () => {
        throw reason;
      },
    };
    for (const music of [later, now]) {
      await expect(loadDomain(await createTinyRun(), music)).rejects.toHaveProperty(
        'message',
        'RUN/domain: music.json: expected the file, got none (its domain is text)',
      );
    }
  });
});
