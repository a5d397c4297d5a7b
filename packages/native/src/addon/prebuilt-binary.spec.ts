import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

describe('the binary that the package ships', () => {
  it('is made of the sources that are here, small, and needs no new system', () => {
    const tool = fileURLToPath(new URL('../../../../tools/build-native.mjs', import.meta.url));
    const { stderr, status } = spawnSync(process.execPath, [tool, '--check'], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('needs no C++ library', () => {
    const path = new URL('../../prebuilds/linux-x64/ramble.node', import.meta.url);
    const names = readFileSync(path, 'latin1').match(/lib[\w+-]+\.so[.\d]*/g);
    expect(new Set(names)).toEqual(new Set(['libc.so.6']));
  });
});
