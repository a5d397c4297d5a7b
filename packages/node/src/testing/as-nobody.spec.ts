import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { asNobody } from './system.js';

describe('asNobody', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ramble-nobody-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("runs without root's rights, and restores them after an error", async () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'x', { mode: 0o000 });
    const user = process.geteuid?.();
    await expect(asNobody(() => readFile(path))).rejects.toMatchObject({ code: 'EACCES' });
    expect(process.geteuid?.()).toBe(user);
  });

  it('returns the result of the function', async () => {
    expect(await asNobody(() => Promise.resolve(7))).toBe(7);
  });
});
