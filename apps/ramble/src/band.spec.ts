import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runHere } from '../test/run-here.js';

/** MidiTok's ids: a bar of 4/4 at 121.29, and in it a bass and a drum, and the drum a beat later. */
const [BAR, TEMPO] = [[4, 517, 190], 360];
const [BASS, DRUM] = [
  [413, 24, 109, 133],
  [508, 295, 109, 133],
];
const TUNE = [...BAR, TEMPO, ...BASS, ...DRUM, 198, ...DRUM, ...BAR, ...BASS, ...DRUM];

let folder: string;
const at = (path: string): string => join(folder, path);

/** Runs a command, expects success, and returns its standard output. */
async function succeed(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await runHere(['band', ...words], {
    cacheFolder: at('cache'),
  });
  expect([status, stderr.includes('error')]).toEqual([0, false]);
  return stdout;
}
async function encode(path: string): Promise<{ tokens: number[]; words: string[] }> {
  return JSON.parse(await succeed('encode', at(path), '--json')) as {
    tokens: number[];
    words: string[];
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-band-'));
  await mkdir(at('tunes'));
  for (let semitones = 0; semitones < 3; semitones++) {
    const ids = TUNE.map((id) => (id === BASS[1] ? id + semitones : id));
    await succeed('decode', ...ids.map(String), '--out', at(`tunes/${semitones}.mid`));
  }
  const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '16'];
  const training = ['--data', at('tunes'), '--out', at('run'), '--max-steps', '5', ...size];
  await succeed('train', ...training);
});
afterAll(() => rm(folder, { recursive: true }));

describe('ramble band', () => {
  it('writes a file that is read as the same tokens', async () => {
    expect((await encode('tunes/0.mid')).tokens).toEqual(TUNE);
  });

  it('plays the requested number of bars on the requested tracks', async () => {
    const requested = ['--tracks', 'drums,piano', '--bars', '3', '--seed', '4'];
    await succeed('sample', '--model', at('run'), ...requested, '--out', at('song.mid'));
    const { words } = await encode('song.mid');
    expect(words.filter((word) => word === 'bar')).toHaveLength(3);
    expect(words).not.toContain('electric bass (finger)');
  });

  it('writes drums to the bass of a file', async () => {
    const given = ['--given', at('tunes/1.mid'), '--tracks', 'drums', '--seed', '5'];
    await succeed('sample', '--model', at('run'), ...given, '--out', at('with-drums.mid'));
    const { tokens } = await encode('with-drums.mid');
    const basses = tokens.flatMap((id, i) => (id === BASS[0] ? [tokens.slice(i, i + 4)] : []));
    const [program, pitch, ...rest] = BASS;
    expect(basses).toEqual([
      [program, pitch + 1, ...rest],
      [program, pitch + 1, ...rest],
    ]);
    expect(tokens.filter((id) => id === BAR[0])).toHaveLength(2);
  });

  it('fills in the drums of a bar, and keeps all else', async () => {
    const given = ['--given', at('tunes/1.mid'), '--fill', 'bar 1', '--tracks', 'drums'];
    await succeed('sample', '--model', at('run'), ...given, '--seed', '5', '--out', at('full.mid'));
    const { tokens } = await encode('full.mid');
    const [program, pitch, ...rest] = BASS;
    const basses = tokens.flatMap((id, i) => (id === program ? [tokens.slice(i, i + 4)] : []));
    expect(basses).toEqual(Array.from({ length: 2 }, () => [program, pitch + 1, ...rest]));
    const second = tokens.slice(tokens.lastIndexOf(BAR[0]));
    expect(second.filter((id) => id === DRUM[0])).toHaveLength(1);
    expect(tokens.filter((id) => id === BAR[0])).toHaveLength(2);
  });

  it('learns to fill in, and reads what comes after', async () => {
    const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '32'];
    const training = ['--data', at('tunes'), '--out', at('infill'), '--max-steps', '3', ...size];
    await succeed('train', ...training, '--infill');
    const given = ['--given', at('tunes/1.mid'), '--fill', 'bar 1', '--seed', '5'];
    await succeed('sample', '--model', at('infill'), ...given, '--out', at('both.mid'));
    const { tokens } = await encode('both.mid');
    expect(tokens.filter((id) => id === BAR[0])).toHaveLength(2);
    expect(tokens.slice(tokens.lastIndexOf(BAR[0]) + 1)).toContain(DRUM[0]);
  });

  it('teaches a model that has no such tokens to fill in, and measures what both sides are worth', async () => {
    const from = ['--data', at('tunes'), '--init-from', at('run'), '--out', at('extended')];
    const still = ['--learning-rate', '1e-12', '--weight-decay', '0', '--warmup-steps', '0'];
    await succeed('train', ...from, ...still, '--infill', '--max-steps', '1');
    const [before, after] = await Promise.all(
      ['run', 'extended'].map((run) => readFile(at(`${run}/run.json`), 'utf8')),
    );
    const sizeOf = (json: string): number =>
      (JSON.parse(json) as { model: { vocabSize: number } }).model.vocabSize;
    expect(sizeOf(after)).toBe(sizeOf(before) + 33);
    expect(JSON.parse(after)).toMatchObject({ domain: { options: { infill: true } } });

    const data = ['--data', at('tunes')];
    const rows = await succeed('evaluate', '--model', at('extended'), ...data);
    expect(rows).toMatch(/^both sides +\d\.\d{4} +nats a token of random regions, /m);
    expect(rows).toMatch(/^left side alone +\d\.\d{4} +baseline that reads the same regions /m);
    expect(await succeed('evaluate', '--model', at('run'), ...data)).not.toContain('both sides');

    const other = ['--data', at('tunes'), '--init-from', at('run'), '--out', at('other')];

    expect(
      await runHere(['band', 'train', ...other, '--infill', '--tracks', 'drums']),
    ).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /^error: --tracks: expected all, the value of .*run, got drums\n$/,
      ) as string,
    });
  });

  it('compares samples with the data, on a page too', async () => {
    const samples = ['--samples', '2', '--out', at('measures.html')];
    const data = ['--data', at('tunes/0.mid')];
    const lines = await succeed('evaluate', '--model', at('run'), ...data, ...samples);
    // Five notes in a bar and a quarter, two of the bass and three of the drums.
    expect(lines).toMatch(/^notes a bar +\d+\.\d{3} +4\.000 +4\.000 to 4\.000$/m);
    expect(lines).toMatch(/^copied spans of 32 tokens +\d\.\d{3} /m);
    expect(lines).toMatch(/^notes by instrument\n(.*\n)* +drums +\d+\.\d % +60\.0 % /m);
    expect(await readFile(at('measures.html'), 'utf8')).toContain('<h3>position in the bar</h3>');
  });

  it.each([
    ['no file', ['encode', 'none.mid'], 'none.mid: .*'],
    [
      'no MIDI',
      ['encode', 'noise.mid'],
      'noise.mid: expected a MIDI file, which begins with MThd, got other bytes',
    ],
    [
      'all tracks',
      ['sample', '--model', 'run', '--given', 'tunes/1.mid'],
      '--tracks: expected some tracks of given to be kept, got all to be written',
    ],
    [
      'a region without a file',
      ['sample', '--model', 'run', '--fill', 'bars 1-2'],
      '--fill: a region needs a file; name it with --given song.mid',
    ],
    [
      'a region of a primer',
      ['sample', '--model', 'run', '--primer', 'tunes/1.mid', '--fill', 'bars 1-2'],
      '--fill: a region needs a file; name it with --given song.mid',
    ],
    [
      'a region outside the piece',
      ['sample', '--model', 'run', '--given', 'tunes/1.mid', '--fill', 'bars 2-9'],
      '--fill: expected bars from 1 to 2, got bars 2-9',
    ],
    [
      'a length with a region',
      ['sample', '--model', 'run', '--given', 'tunes/1.mid', '--fill', 'bar 1', '--bars', '2'],
      '--bars: expected no region to fill with it, got one',
    ],
  ])('refuses %s with one line', async (_, words, message) => {
    await writeFile(at('noise.mid'), new Uint8Array(20));
    const { status, stderr } = await runHere(
      ['band', ...words.map((word) => (/\.mid$|^run$/.test(word) ? at(word) : word))],
      { cacheFolder: at('cache') },
    );
    expect(status).toBeGreaterThan(0);
    expect(stderr.trim()).toMatch(new RegExp(`^error: [^\\n]*${message}$`));
  });
});
