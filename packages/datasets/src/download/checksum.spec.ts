import { checksumLike, equalChecksums, shownChecksum } from './download-file.js';

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

describe('checksumLike', () => {
  // `printf 'hello\n' | sha256sum` and `printf 'hello\n' | git hash-object --stdin`
  const sha256 = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03';
  const gitSha1 = 'ce013625030ba8dba906f756967f9e9ca394464a';

  it('computes the hashes of sha256sum and of git', async () => {
    expect(await checksumLike({ sha256: '' }, pieces('hel', 'lo\n'), 6)).toEqual({ sha256 });
    expect(await checksumLike({ gitSha1: '' }, pieces('hel', 'lo\n'), 6)).toEqual({ gitSha1 });
  });

  it('equals only a checksum of the same kind', () => {
    expect(equalChecksums({ sha256 }, { sha256 })).toBe(true);
    expect(equalChecksums({ sha256 }, { sha256: gitSha1 })).toBe(false);
    expect(equalChecksums({ sha256 }, { gitSha1: sha256 })).toBe(false);
  });

  it('is shown with its kind', () => {
    expect(shownChecksum({ sha256 })).toBe(`sha256 ${sha256}`);
    expect(shownChecksum({ gitSha1 })).toBe(`git's sha1 ${gitSha1}`);
  });
});
