import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { markedProcesses } from './system.js';

describe('markedProcesses', () => {
  it('finds the processes that have a variable, until they end', async () => {
    const value = `${process.pid} a=b`;
    const env = { ...process.env, RAMBLE_MARK: value };
    const child = spawn(process.execPath, ['-e', 'console.log(); process.stdin.resume()'], { env });
    await once(child.stdout, 'data');
    const [found, ...others] = markedProcesses('RAMBLE_MARK', value);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ id: child.pid, env: { RAMBLE_MARK: value } });
    expect(markedProcesses('RAMBLE_MARK', 'another')).toEqual([]);
    child.kill();
    await once(child, 'close');
    expect(markedProcesses('RAMBLE_MARK', value)).toEqual([]);
  });
});
