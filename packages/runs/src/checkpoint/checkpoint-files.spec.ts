import { checkpointFolder, checkpointSteps } from './checkpoint-files.js';
import { memoryStorage } from '../storage/run-storage.js';

describe('checkpointSteps', () => {
  it('lists the steps of folders that checkpointFolder names, in ascending order', async () => {
    const storage = memoryStorage();
    expect(await checkpointSteps(storage)).toEqual([]);
    const steps = [0, 2000, 99_999_999, 100_000_000];
    for (const step of steps) await storage.writeText(`${checkpointFolder(step)}/a`, '');
    expect(await storage.list('checkpoints')).toContain('00002000');
    expect(await checkpointSteps(storage)).toEqual(steps);
  });

  it('passes over other names', async () => {
    const storage = memoryStorage();
    for (const name of ['2000', '000002000', '0x000010', '00000NaN', '9'.repeat(20), 'old']) {
      await storage.writeText(`checkpoints/${name}/a`, '');
    }
    expect(await checkpointSteps(storage)).toEqual([]);
  });
});
