import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { mountSmallDisk } from './system.js';

const disk = mountSmallDisk(); // only root may have it
disk?.unmount();

describe('mountSmallDisk', () => {
  (disk ? it : it.skip)('is full at a megabyte and gone when it is unmounted', () => {
    const { folder, unmount } = mountSmallDisk()!;
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
