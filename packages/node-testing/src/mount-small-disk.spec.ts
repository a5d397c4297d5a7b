import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { mountSmallDisk } from './mount-small-disk.js';

describe('mountSmallDisk', () => {
  it('is full at a megabyte and gone when it is unmounted', () => {
    const disk = mountSmallDisk();
    if (!disk) {
      console.warn('SKIPPED: no small disk, which only root may have');
      return;
    }
    const { folder, unmount } = disk;
    try {
      const write = (): void => {
        writeFileSync(join(folder, 'large'), Buffer.alloc(2 ** 21));
      };
      expect(write).toThrow(expect.objectContaining({ code: 'ENOSPC' }) as Error);
    } finally {
      unmount();
    }
    expect(existsSync(folder)).toBe(false);
  });
});
