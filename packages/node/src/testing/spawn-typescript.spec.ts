import { text } from 'node:stream/consumers';

import { spawnTypescript } from './system.js';

describe('spawnTypescript', () => {
  it('runs a program in TypeScript with its arguments', async () => {
    const child = spawnTypescript(new URL('../../test/say.ts', import.meta.url), 'two', 'words');
    expect(await text(child.stdout)).toBe('two words\n');
  });
});
