import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Outcome, runHere } from '../test/run-here.js';
import { startRamble } from '../test/start-ramble.js';

/** Loud, C4 for half a second, E4 for another: ids of Performance RNN. */
const TUNE = [387, 60, 305, 188, 64, 305, 192];

const SIZE = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '16'];

let folder: string;
const at = (path: string): string => join(folder, path);

function music(...words: string[]): Promise<Outcome> {
  return runHere(['music', ...words], { cacheFolder: at('cache') });
}
/** Runs a command, expects success, and returns its standard output. */
async function succeed(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await music(...words);
  expect([status, stderr.includes('error')]).toEqual([0, false]);
  return stdout;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-music-'));
  await mkdir(at('tunes'));
  for (let semitones = 0; semitones < 3; semitones++) {
    const ids = TUNE.map((id) => (id < 256 ? id + semitones : id));
    const many = Array.from({ length: 9 }, (_, i) => (i === 0 ? ids : ids.slice(1))).flat();
    await succeed('decode', ...many.map(String), '--out', at(`tunes/${semitones}.mid`));
  }
  await succeed('train', '--data', at('tunes'), '--out', at('run'), '--max-steps', '10', ...SIZE);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the built ramble music', () => {
  it('keeps the pieces that its threads have read', async () => {
    await cp(at('tunes'), at('noisy'), { recursive: true });
    // Threads read data that is larger than a megabyte, even if it is no music.
    await writeFile(at('noisy/noise.mid'), new Uint8Array(1.1 * 2 ** 20));
    const train = ['music', 'train', '--data', at('noisy'), '--out', at('built')];
    const { status, stderr } = await startRamble([...train, '--max-steps', '1', ...SIZE], {
      cacheFolder: at('threads'),
    });
    expect(stderr).toMatch(/left out: .*noise\.mid: expected a MIDI file, which begins with MThd/);
    expect(status).toBe(0);
    expect(await readdir(at('threads/pieces'))).toHaveLength(3);
  });
});

describe('ramble music', () => {
  it('writes the same MIDI file for the same seed, with the notes of its tokens', async () => {
    const words = [
      'sample',
      '--model',
      at('run'),
      '--seed',
      '5',
      '--length-seconds',
      '3',
      '--json',
    ];
    const [one, two] = [
      await succeed(...words, '--out', at('one.mid')),
      await succeed(...words, '--out', at('two.mid')),
    ].map((line) => JSON.parse(line) as { file: string; tokens: number[]; stop: string });
    expect(one.tokens).toEqual(two.tokens);
    expect(one.stop).toBe('token');
    expect(await readFile(one.file)).toEqual(await readFile(two.file));
    const again = JSON.parse(await succeed('encode', one.file, '--json')) as { tokens: number[] };
    const seconds = (ids: readonly number[]): number =>
      ids.reduce((sum, id) => sum + (id >= 256 && id < 356 ? (id - 255) / 100 : 0), 0);
    expect(seconds(again.tokens)).toBeCloseTo(3, 9);
    const ons = (ids: readonly number[]): number[] =>
      ids.filter((id) => id < 128).sort((a, b) => a - b);
    expect(ons(again.tokens)).toEqual(ons(one.tokens));
  });

  it('continues a primer, draws a roll, and lists the next events', async () => {
    const primer = ['--primer', at('tunes/0.mid'), '--primer-seconds', '2'];
    await succeed('sample', '--model', at('run'), ...primer, '--out', at('roll.svg'));
    expect(await readFile(at('roll.svg'), 'utf8')).toMatch(/^<svg/);
    const { stdout } = await music('next', '--model', at('run'), ...primer, '--json');
    const { tokens } = JSON.parse(stdout) as { tokens: { word: string }[] };
    expect(tokens).toHaveLength(10);
    expect(tokens.every(({ word }) => /^(note o(n|ff) |\+\d+ ms|velocity |end )/.test(word))).toBe(
      true,
    );
  });

  it('takes a single file for the primer, and writes only its sound', async () => {
    const primer = ['--primer-seconds', '2', '--seed', '3', '--json'];
    const sample = ['sample', '--model', at('run'), ...primer];
    const named = await succeed(...sample, '--primer', at('tunes/0.mid'), '--out', at('a.mid'));
    const alone = await succeed(...sample, at('tunes/0.mid'), '--out', at('b.mid'));
    expect(await readFile(at('b.mid'))).toEqual(await readFile(at('a.mid')));
    expect({ ...(JSON.parse(alone) as object), file: '' }).toEqual({
      ...(JSON.parse(named) as object),
      file: '',
    });
    const twice = await music(...sample, at('tunes/0.mid'), '--primer', at('tunes/1.mid'));
    expect([twice.status, twice.stderr]).toEqual([
      2,
      `error: --primer: expected the prompt once, got ${at('tunes/0.mid')} too\n`,
    ]);
    const out = ['--out', at('song.wav'), '--soundfont', at('none.sf2')];
    expect(await music('sample', '--model', at('run'), ...out)).toMatchObject({
      status: 1,
      stderr: `error: --soundfont: expected a file, got ${at('none.sf2')}, which cannot be read\n`,
    });
  });

  it('names a file without notes, or an empty file, for encode', async () => {
    const header = [...Buffer.from('MThd'), 0, 0, 0, 6, 0, 0, 0, 1, 1, 0xe0];
    const track = [...Buffer.from('MTrk'), 0, 0, 0, 4, 0, 0xff, 0x2f, 0];
    await writeFile(at('mute.mid'), Uint8Array.from([...header, ...track]));
    expect(await music('encode', at('mute.mid'))).toMatchObject({
      status: 1,
      stderr: `error: ${at('mute.mid')}: expected notes, got none\n`,
    });
    await writeFile(at('void.mid'), '');
    expect(await music('encode', at('void.mid'))).toMatchObject({
      status: 1,
      stderr: `error: ${at('void.mid')}: expected a piece, got an empty file\n`,
    });
  });

  it('refuses a primer without notes, as training does', async () => {
    const header = [...Buffer.from('MThd'), 0, 0, 0, 6, 0, 0, 0, 1, 1, 0xe0];
    const track = [...Buffer.from('MTrk'), 0, 0, 0, 4, 0, 0xff, 0x2f, 0];
    await writeFile(at('silent.mid'), Uint8Array.from([...header, ...track]));
    await writeFile(at('empty.mid'), '');
    const sample = ['sample', '--model', at('run'), '--out', at('never.mid'), '--primer'];
    expect(await music(...sample, at('silent.mid'))).toMatchObject({
      status: 2,
      stderr: 'error: --primer: expected notes, got none\n',
    });
    expect(await music(...sample, at('empty.mid'))).toMatchObject({
      status: 1,
      stderr: `error: ${at('empty.mid')}: expected a MIDI file, got an empty one\n`,
    });
  });

  it('reports the repairs of a file', async () => {
    const tune = await readFile(at('tunes/0.mid'));
    await writeFile(at('long.mid'), Buffer.concat([tune, Buffer.from('rest')]));
    const repair = `repaired: ${at('long.mid')}: expected nothing behind the last chunk, got 4 bytes`;
    for (const [verb, flag] of [
      ['encode', '--data'],
      ['evaluate', '--data'],
      ['score', '--data'],
      ['next', '--primer'],
    ]) {
      const { status, stderr } = await music(verb, '--model', at('run'), flag, at('long.mid'));
      expect([status, stderr.split(repair).length - 1]).toEqual([0, 1]);
    }
  });

  it('evaluates whole pieces by event, note and second', async () => {
    const data = ['--data', at('tunes/0.mid'), '--json', '--samples', '2'];
    const report = JSON.parse(await succeed('evaluate', '--model', at('run'), ...data)) as Record<
      string,
      number
    >;
    expect(report.tokens).toBe(7 + 8 * 6 + 1);
    expect(report.natsPerNote).toBeCloseTo((report.loss * report.tokens) / 18, 6);
    expect(report.natsPerSecond).toBeCloseTo((report.loss * report.tokens) / 9, 6);
  });

  it('learns to play to a melody, and plays to one', async () => {
    const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '48'];
    const run = at('accompaniment');
    const train = ['train', '--data', at('tunes'), '--out', run, '--max-steps', '5', ...size];
    await succeed(...train, '--accompaniment');
    const melody = ['--melody', at('tunes/1.mid'), '--primer-seconds', '2'];
    const line = await succeed(
      'sample',
      '--model',
      run,
      ...melody,
      '--out',
      at('to.mid'),
      '--json',
    );
    const { tokens } = JSON.parse(line) as { tokens: number[] };
    expect(Math.max(...tokens)).toBeLessThan(388); // only events
    const data = ['--data', at('tunes/0.mid'), '--json', '--samples', '2'];
    const report = JSON.parse(await succeed('evaluate', '--model', run, ...data)) as {
      tokens: number;
      stride?: number;
    };
    expect(report.stride).toBeUndefined();
    // Sections of some seconds, each with an end and a velocity; their melodies do not count.
    expect(report.tokens).toBeGreaterThan(7 + 8 * 6 + 1);
    expect(report.tokens).toBeLessThan(1.5 * (7 + 8 * 6 + 1));
    const none = await music('sample', '--model', run);
    expect([none.status, none.stderr]).toEqual([
      2,
      expect.stringContaining(
        '--melody: expected a MIDI file with a melody to accompany, got none',
      ),
    ]);
    const other = await music('sample', '--model', at('run'), ...melody);
    expect(other.stderr).toContain(
      '--melody: expected a model that was trained with accompaniment, got one without',
    );
  });

  it.each([
    [
      ['--programs', 'piano'],
      2,
      '--programs: expected all, or numbers from 0 to 127 such as 0-7,16, got "piano"',
    ],
    [[], 1, 'noise.mid: expected a MIDI file, which begins with MThd, got other bytes'],
  ])('names the file and its error for encode %j', async (words, status, message) => {
    const ended = await music('encode', at('noisy/noise.mid'), ...words);
    expect([ended.status, ended.stderr.split('\n').at(-2)]).toEqual([
      status,
      expect.stringMatching(new RegExp(`^error: .*${message}$`)),
    ]);
  });

  it('draws the attention of the notes to the primer', async () => {
    const primer = ['--primer', at('tunes/0.mid'), '--primer-seconds', '1.6'];
    const picture = at('attention.html');
    const words = ['inspect', '--model', at('run'), ...primer, '--attention-picture', picture];
    expect(await succeed(...words)).toBe(`${picture}\n`);
    expect(await readFile(picture, 'utf8')).toContain('<title>run: attention</title>');
  });
});

describe('ramble chorales', () => {
  const chorales = (...words: string[]): Promise<Outcome> =>
    runHere(['chorales', ...words], { cacheFolder: at('cache') });

  it('learns chorales, writes one and measures itself', async () => {
    const chords = [0, 5, 7, 2].map((up) => [72, 67, 64, 48].map((pitch) => pitch + up));
    const many = Array.from({ length: 4 }, (_, i) =>
      Array.from({ length: 16 }, (__, step) => chords[(i + Math.floor(step / 4)) % 4]),
    );
    await writeFile(at('chorales.json'), JSON.stringify(many));
    const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '32'];
    const training = ['--out', at('bach'), '--max-steps', '5', ...size];
    expect(await chorales('train', '--data', at('chorales.json'), ...training)).toMatchObject({
      status: 0,
    });
    const out = ['--max-new-tokens', '24', '--out', at('chorale.mid')];
    expect(await chorales('sample', '--model', at('bach'), ...out)).toMatchObject({ status: 0 });
    expect((await readFile(at('chorale.mid'))).subarray(0, 4).toString()).toBe('MThd');
    const soprano = [67, 67, 69, -1, 74];
    const melody = soprano.map((pitch) => [pitch, -1, -1, -1]);
    await writeFile(at('melody.json'), JSON.stringify(melody));
    const given = ['--given', at('melody.json'), '--out', at('harmonized.mid')];
    expect(await chorales('sample', '--model', at('bach'), ...given)).toMatchObject({ status: 0 });
    const encoded = await chorales('encode', at('harmonized.mid'), '--json');
    const { tokens } = JSON.parse(encoded.stdout) as { readonly tokens: readonly number[] };
    expect(tokens.filter((_, i) => i % 4 === 0)).toEqual([67, 67, 69, 128, 74]);
    const data = ['--data', at('chorales.json'), '--json'];
    const { stdout } = await chorales('evaluate', '--model', at('bach'), ...data);
    expect(JSON.parse(stdout)).toMatchObject({ tokens: 4 * (16 * 4 + 1) });
    const samples = ['--samples', '2', '--sample-tokens', '8'];
    const measured = await chorales('evaluate', '--model', at('bach'), ...data, ...samples);
    expect(measured).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('parallel octaves in 100 bars') as unknown,
    });
  });
});

describe('ramble music render', () => {
  it('converts a file to each of its kinds, with the times of the file', async () => {
    // Eighths at 90 quarters a minute: thirds of a second are not on the grid of events.
    const tune = 'X:1\nM:3/4\nL:1/8\nQ:1/4=90\nK:Em\nE2 ^DE GB | e6 |]\n';
    await writeFile(at('tune.abc'), tune);
    for (const [from, to] of [
      ['tune.abc', 'tune.mid'],
      ['tune.mid', 'tune.musicxml'],
      ['tune.musicxml', 'tune.mxl'],
      ['tune.mxl', 'again.mid'],
      ['tune.mxl', 'roll.svg'],
    ]) {
      expect(await succeed('render', at(from), '--out', at(to))).toBe(`${at(to)}\n`);
    }
    const [given, again] = await Promise.all(
      ['tune.mid', 'again.mid'].map((name) => succeed('encode', at(name))),
    );
    // Sheet music has no velocities.
    const played = (listing: string): string[] =>
      listing.split('\n').filter((line) => !line.includes('velocity'));
    expect(played(again)).toEqual(played(given));
    const sheet = await readFile(at('tune.musicxml'), 'utf8');
    expect(sheet).toContain('<step>D</step>\n          <alter>1</alter>'); // D sharp in E minor
    expect(sheet).toContain('<beats>3</beats>');
    expect(sheet).toContain('<work-title>tune</work-title>');
    expect(await readFile(at('roll.svg'), 'utf8')).toContain('6 notes');
  });

  it('copies the bytes of MIDI files', async () => {
    await succeed('render', at('tunes/0.mid'), '--out', at('copy.mid'));
    expect(await readFile(at('copy.mid'))).toEqual(await readFile(at('tunes/0.mid')));
  });

  it.each([
    [
      ['none.mid', '--out', 'a.svg'],
      'none.mid: expected a file or folder, got nothing at that path',
    ],
    [['empty.mid', '--out', 'a.svg'], 'empty.mid: expected a piece, got an empty file'],
    [
      ['empty.mid', '--out', 'a.png'],
      '--out: expected a name that ends in .mid, .midi, .musicxml, .mxl, .svg or .wav, got a.png',
    ],
  ])('refuses %j', async ([file, ...words], message) => {
    await writeFile(at('empty.mid'), '');
    const { stderr } = await music('render', at(file), ...words);
    expect(stderr.replaceAll(at('/'), '')).toContain(message);
  });

  it('trains on MusicXML, and continues it', async () => {
    await mkdir(at('sheets'));
    for (const name of ['0', '1', '2']) {
      await succeed('render', at(`tunes/${name}.mid`), '--out', at(`sheets/${name}.mxl`));
    }
    const training = ['--data', at('sheets'), '--out', at('of-sheets'), '--max-steps', '1'];
    await succeed('train', ...training, ...SIZE);
    const primer = ['--primer', at('sheets/0.mxl'), '--max-new-tokens', '8', '--seed', '1'];
    await succeed('sample', '--model', at('of-sheets'), ...primer, '--out', at('more.mxl'));
    expect((await readFile(at('more.mxl'))).subarray(0, 2).toString()).toBe('PK');
  });
});
