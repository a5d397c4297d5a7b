import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type StepNote, writeMidi } from '@ramble/music';
import { BasicSoundBank } from 'spessasynth_core';

import { soundOf } from './sound.js';

const sound = soundOf(writeMidi);
/** Notes that begin at half a second. */
const NOTES = [{ startStep: 50, endStep: 150, pitch: 60, velocity: 81 }];

let folder: string;
let soundfont: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-sound-'));
  soundfont = join(folder, 'saw.sf2');
  await writeFile(soundfont, new Uint8Array(BasicSoundBank.getSampleSoundBankFile()));
});
afterAll(() => rm(folder, { recursive: true }));

async function waveOf(notes: readonly StepNote[]): Promise<DataView> {
  const maker = await sound.open({ wav: true, soundfont });
  const artifact = await maker!.make(notes);
  expect(artifact).toMatchObject({ kind: 'file', extension: '.wav' });
  return new DataView(artifact.bytes.buffer);
}

/** Largest absolute sample between two times, at most 32,767. */
function loudest(wave: DataView, fromSeconds: number, toSeconds: number): number {
  let most = 0;
  for (let i = Math.round(44_100 * fromSeconds); i < 44_100 * toSeconds; i++) {
    most = Math.max(most, Math.abs(wave.getInt16(44 + 4 * i, true)));
  }
  return most;
}

describe('the sound of notes', () => {
  it('is written only if it is requested', async () => {
    expect(await sound.open({ wav: false })).toBeUndefined();
    await expect(sound.open({ wav: false, soundfont })).rejects.toThrow(
      'soundfont: expected --wav with it, got none',
    );
  });

  it('is in 16 bits, stereo, at 44.1 kHz, and fades for two seconds', async () => {
    const wave = await waveOf(NOTES);
    expect(wave.getUint16(22, true)).toBe(2);
    expect(wave.getUint32(24, true)).toBe(44_100);
    expect(wave.getUint16(34, true)).toBe(16);
    expect(wave.byteLength).toBe(44 + 4 * Math.ceil(44_100 * (1.5 + 2)));
  });

  it('begins when the first note does', async () => {
    const wave = await waveOf(NOTES);
    expect(loudest(wave, 0, 0.45)).toBe(0);
    expect(loudest(wave, 0.55, 1.4)).toBeGreaterThan(10_000);
  });

  it('is the same for the same notes', async () => {
    expect((await waveOf(NOTES)).buffer).toEqual((await waveOf(NOTES)).buffer);
  });

  it('is silence without notes', async () => {
    const wave = await waveOf([]);
    expect(loudest(wave, 0, 2)).toBe(0);
  });

  it('needs a SoundFont', async () => {
    const broken = join(folder, 'broken.sf2');
    await writeFile(broken, 'no instruments');
    await expect(sound.open({ wav: true, soundfont: broken })).rejects.toThrow(
      `soundfont: expected SF2, SF3 or DLS, got ${broken}`,
    );
    const missing = join(folder, 'missing.sf2');
    await expect(sound.open({ wav: true, soundfont: missing })).rejects.toThrow(
      `soundfont: expected a file, got ${missing}, which cannot be read`,
    );
  });
});
