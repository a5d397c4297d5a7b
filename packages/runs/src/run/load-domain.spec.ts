import { type Files, fingerprint } from '@ramble/core';

import { createTinyRun, edit, tinyRun } from '../../test/tiny-run.js';
import { loadDomain } from './load-domain.js';

const factory = {
  load: (files: Files) => Promise.resolve({ name: 'text', files }),
};

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

  it('refuses files that are not those of the run', async () => {
    const run = await createTinyRun();
    await edit(run.storage, 'domain/characters.json', () => '["b","a"]\n');
    const got = fingerprint({ ...tinyRun.domain.files, 'characters.json': '["b","a"]\n' });
    await expect(loadDomain(run, factory)).rejects.toHaveProperty(
      'message',
      `RUN/domain: expected fingerprint ${fingerprint(tinyRun.domain.files)}, got ${got}`,
    );
  });

  it('refuses a factory of another domain', async () => {
    const music = { load: () => Promise.resolve({ name: 'music' }) };
    await expect(loadDomain(await createTinyRun(), music)).rejects.toHaveProperty(
      'message',
      'RUN: expected a run of the domain music, got text',
    );
  });

  it('says of what domain the files are that a factory cannot read, now or later', async () => {
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
