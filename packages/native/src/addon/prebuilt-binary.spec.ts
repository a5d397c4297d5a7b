import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

describe('the binary that the package ships', () => {
  it('is made of the sources that are here, small, and needs no new system', () => {
    const tool = fileURLToPath(new URL('../../../../tools/build-native.mjs', import.meta.url));
    const { stderr, status } = spawnSync(process.execPath, [tool, '--check'], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
