import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import { processRuns } from './process-runs.js';

describe('processRuns', () => {
  it('is true for this process, and false for an id that no system gives', () => {
    expect(processRuns(process.pid)).toBe(true);
    expect(processRuns(999_999_999)).toBe(false);
  });

  (process.platform === 'linux' ? it : it.skip)(
    'counts one that has ended as gone, though its parent has not asked for its status',
    async () => {
      const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60']);
      try {
        const [text] = (await once(parent.stdout, 'data')) as [Buffer];
        const pid = Number(text);
        while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        expect(processRuns(pid)).toBe(false);
      } finally {
        parent.kill();
      }
    },
  );
});
