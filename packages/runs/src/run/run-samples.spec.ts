import { memoryStorage } from '../storage/memory-storage.js';
import { appendSamples, readSamples } from './run-log.js';

describe('the samples of a run', () => {
  it('are added to, and read in order', async () => {
    const storage = memoryStorage('run');
    expect(await readSamples(storage)).toEqual([]);
    await appendSamples(storage, []);
    expect(await storage.list('')).toEqual([]);
    const first = { step: 10, output: '<b>call me</b>\n\u2028' };
    const second = { step: 20, prompt: 'call', output: '', reference: 'me' };
    await appendSamples(storage, [first]);
    await appendSamples(storage, [second]);
    expect(await readSamples(storage)).toEqual([first, second]);
  });

  it('skip lines that are not samples', async () => {
    const storage = memoryStorage('run');
    await storage.writeText(
      'samples.jsonl',
      '{"step":1,"output":"a"}\n[]\n{"step":"1","output":"a"}\n{"step":1}\n{"step":1,"output":"a","prompt":1}\n{"step":2,"ou',
    );
    expect(await readSamples(storage)).toEqual([{ step: 1, output: 'a' }]);
  });
});
