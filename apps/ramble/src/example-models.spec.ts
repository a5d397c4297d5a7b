import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runHere } from '../test/run-here.js';
import { type Ended, startRamble } from '../test/start-ramble.js';

const MODELS = join(import.meta.dirname, '../../../examples/models');

const DESCRIPTION =
  'Ark manages various archive formats, including tar, gzip, bzip2, rar and zip, as well as CD-ROM images.';

const commandOf = (domain: string, model: string, ...words: string[]): string[] => [
  ...[domain, 'sample', '--model', join(MODELS, model), ...words, '--quiet'],
];
function ask(domain: string, model: string, ...words: string[]): Promise<Ended> {
  return startRamble(commandOf(domain, model, ...words));
}

/** Output of `sample --json` for a performance. */
interface Output {
  readonly tokens: readonly number[];
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the models in examples', () => {
  it('translate a short description', async () => {
    const { status, stdout } = await ask('translation', 'en-fr', 'Text editor for programmers');
    expect([status, stdout.trim()]).toEqual([0, 'éditeur de texte pour programmeurs']);
  });

  it('translate each line of standard input, with the same result one by one and in a batch', async () => {
    const words = commandOf('translation', 'en-fr', '--n-best', '2');
    const outputs = async (stdin: string): Promise<string[]> =>
      (await runHere(words, { stdin })).stdout.trimEnd().split('\n');
    const [first, second] = ['Text editor for programmers\n', 'text editor\n'];
    const one = await outputs(first);
    expect(one).toEqual([
      expect.stringMatching(/^1\t-[\d.]+\téditeur de texte pour programmeurs$/),
      expect.stringMatching(/^1\t-[\d.]+\t\S/),
    ]);
    const two = await outputs(first + second);
    expect([two.length, two.slice(0, 2)]).toEqual([4, one]);
  });

  it('play the piano with notes that end', async () => {
    const more = ['--length-seconds', '20', '--count', '4', '--seed', '1', '--json'];
    const out = join(folder, 'played.mid');
    const { status, stdout } = await ask('music', 'piano-played', ...more, '--out', out);
    expect(status).toBe(0);
    let [steps, struck, sounding, soundingSteps] = [0, 0, 0, 0];
    const lines = stdout.trim().split('\n');
    const begins = lines.map((line) => (JSON.parse(line) as Output).tokens.slice(0, 2));
    for (const [velocity, note] of begins) {
      expect(velocity).toBeGreaterThan(355); // no silence before the first note
      expect(note).toBeLessThan(128);
    }
    for (const id of lines.flatMap((line) => (JSON.parse(line) as Output).tokens)) {
      const shift = id >= 256 && id < 356 ? id - 255 : 0;
      steps += shift;
      soundingSteps += sounding * shift;
      if (id < 128) [struck, sounding] = [struck + 1, sounding + 1];
      else if (id < 256) sounding--;
    }
    expect([lines.length, sounding, steps]).toEqual([4, 0, 4 * 2000]);
    expect((100 * struck) / steps).toBeGreaterThan(2);
    // The corpus has 3.9 notes at once.
    expect(soundingSteps / steps).toBeLessThan(1.5 * 3.9);
  });

  it('harmonize a soprano, which they keep', async () => {
    const soprano = [67, 67, 69, 69, 71, 71, 72, 72].flatMap((pitch) => [pitch, pitch]);
    const given = join(folder, 'melody.json');
    await writeFile(given, JSON.stringify(soprano.map((pitch) => [pitch, -1, -1, -1])));
    const more = ['--given', given, '--out', join(folder, 'four.mid'), '--json'];
    const { status, stdout } = await ask('chorales', 'chorales', ...more);
    expect(status).toBe(0);
    const { tokens } = JSON.parse(stdout) as Output;
    expect(tokens.filter((_, i) => i % 4 === 0)).toEqual(soprano);
    const bass = tokens.filter((_, i) => i % 4 === 3);
    expect(bass.every((pitch, i) => pitch < soprano[i])).toBe(true);
  });

  it('sum up a description', async () => {
    const { status, stdout } = await ask('summarization', 'synopses', DESCRIPTION);
    expect([status, stdout.trim()]).toEqual([0, 'Ark manages various archive formats']);
  });
});
