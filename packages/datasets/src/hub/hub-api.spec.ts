import { readRepository } from './hub-api.js';

const SHA = 'a'.repeat(40);
const read = (json: unknown): Promise<unknown> =>
  readRepository(
    { kind: 'models', repository: 'a/b', revision: 'refs/pr/1', shown: 'a/b@refs/pr/1' },
    'https://hub.example',
    {
      fetch: (url) => {
        expect(url).toBe('https://hub.example/api/models/a/b/revision/refs%2Fpr%2F1?blobs=true');
        const text = typeof json === 'string' ? json : JSON.stringify(json);
        return Promise.resolve(new Response(text));
      },
    },
  );

describe('readRepository', () => {
  it('reads the commit, the files and the licence', async () => {
    const lfs = { sha256: 'b'.repeat(64), size: 9, pointerSize: 130 };
    const siblings = [
      { rfilename: 'config.json', size: 0, blobId: SHA },
      { rfilename: 'x/model.safetensors', size: 9, blobId: SHA, lfs },
    ];
    const answer = { sha: SHA, siblings, cardData: { license: ['mit'] } };
    expect(await read(answer)).toEqual({
      commit: SHA,
      licence: 'mit',
      files: [
        { path: 'config.json', sizeBytes: 0, checksum: { gitSha1: SHA } },
        { path: 'x/model.safetensors', sizeBytes: 9, checksum: { sha256: lfs.sha256 } },
      ],
    });
    const named = { ...answer, cardData: { license: 'other', license_name: 'whale' } };
    expect(await read(named)).toMatchObject({ licence: 'whale' });
    expect(await read({ ...answer, cardData: null })).not.toHaveProperty('licence');
  });

  it.each([
    ['<html>', 'other text'],
    ['[]', 'one without a commit'],
    [{ sha: '../../x' }, 'one without a commit'],
    [{ sha: SHA }, 'one without a list of files'],
    [{ sha: SHA, siblings: [7] }, 'a file without a name'],
    [{ sha: SHA, siblings: [{ rfilename: 'x' }] }, 'no size or checksum of "x"'],
    [
      { sha: SHA, siblings: [{ rfilename: 'x', size: 1, blobId: `../${SHA.slice(3)}` }] },
      'no size or checksum of "x"',
    ],
    [
      { sha: SHA, siblings: [{ rfilename: 'x', size: -1, blobId: SHA }] },
      'no size or checksum of "x"',
    ],
  ])('refuses %j', async (json, got) => {
    await expect(read(json)).rejects.toHaveProperty(
      'message',
      `a/b@refs/pr/1: expected a description of the model from https://hub.example/api/models/a/b/revision/refs%2Fpr%2F1?blobs=true, got ${got}`,
    );
  });
});
