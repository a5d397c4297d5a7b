import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { Io } from '@ramble/command-line';

import { runHere } from '../test/run-here.js';

const MODEL = join(import.meta.dirname, '../../../examples/models/piano');
const WORDS = ['music', 'duet', '--model', MODEL, '--rest-seconds', '0.2'];

describe('ramble music duet', () => {
  it('answers a phrase at its MIDI port until Ctrl-C', async () => {
    const sent: (readonly number[])[] = [];
    const names: string[] = [];
    let isClosed = false;
    let play: (message: readonly number[]) => void = () => undefined;
    const openMidiPort: Io['openMidiPort'] = (name, onMessage) => {
      names.push(name);
      play = onMessage;
      const close = (): void => void (isClosed = true);
      return Promise.resolve({ send: (message) => void sent.push(message), close });
    };
    const isSounding = (pitch: number): boolean =>
      sent.filter((message) => message[1] === pitch).at(-1)?.[0] === 0x90;
    let stop = (): void => undefined;
    const duet = runHere([...WORDS, '--port', 'piano', '--json'], {
      openMidiPort,
      onNote: (_, interrupt) => (stop = interrupt),
    });
    while (names.length === 0) await wait(20);
    for (const pitch of [60, 64, 67]) {
      play([0x90, pitch, 80]);
      await wait(100);
      play([0x80, pitch, 0]);
    }
    while (sent.length < 6) await wait(20);
    stop();
    const { status, stdout } = await duet;
    const facts = JSON.parse(stdout) as { latencyMs: number; noteCount: number };
    expect([status, names, isClosed]).toEqual([0, ['piano'], true]);
    expect(facts.noteCount).toBe(sent.filter(([kind]) => kind === 0x90).length);
    expect(facts.latencyMs).toBeGreaterThanOrEqual(100);
    expect(sent.filter(([, pitch]) => isSounding(pitch))).toEqual([]);
  });

  it('names the domain whose models play', async () => {
    const { status, stderr } = await runHere(['text', 'duet', '--model', MODEL]);
    expect([status, stderr]).toEqual([2, expect.stringContaining('use npx ramble music duet')]);
  });
});
