import { randomAt } from '@ramble/core';

import { readFixture } from '../../test/read-fixture.js';
import { writeMidi } from '../midi/write-midi.js';
import { barSeconds, parseScore } from '../score/parse-score.js';
import type { Score, ScorePart } from '../score/score.js';
import { fillRegion, findRegion, isReplaced, secondsToTicks } from './fill-region.js';

const RAG = readFixture('real/peacherine-rag.mid');
const FILES = [
  RAG,
  readFixture('real/debussy-arabesque-no1.mid'),
  readFixture('midi/two-channels-one-track.mid'),
  readFixture('midi/tempo-changes.mid'),
  readFixture('midi/running-status.mid'),
  readFixture('midi/overlap-same-pitch.mid'),
];

/** Every note as a line, sorted, with the notes of a region apart. */
function notesOf(score: Score, region: Parameters<typeof isReplaced>[0]): [string[], string[]] {
  const lines: [string[], string[]] = [[], []];
  for (const { program, notes } of score.parts) {
    for (const { tick, durationTicks, pitch, velocity } of notes) {
      const line = [program, tick, durationTicks, pitch, velocity].join(' ');
      lines[isReplaced(region, tick, program) ? 1 : 0].push(line);
    }
  }
  return [lines[0].sort(), lines[1].sort()];
}

describe('barSeconds', () => {
  it('has the ends of every region of bars', () => {
    const bars = barSeconds('rag.mid', RAG) ?? [];
    expect(bars.length).toBeGreaterThan(50);
    for (const bar of [1, 5, bars.length - 1]) {
      const { startSeconds, endSeconds } = findRegion(RAG, `bar ${bar}`);
      expect([bars[bar - 1], bars[bar]]).toEqual([startSeconds, endSeconds]);
    }
    expect(() => findRegion(RAG, `bar ${bars.length}`)).toThrow('expected bars from 1 to');
  });

  it('is missing for a recorded performance', () => {
    const notes = Array.from({ length: 20 }, (_, i) => {
      const startStep = 37 * i + ((7 * i) % 13);
      return { startStep, endStep: startStep + 20, pitch: 60 + (i % 12), velocity: 64 };
    });
    expect(barSeconds('recorded.mid', writeMidi(notes))).toBeUndefined();
  });
});

describe('fillRegion', () => {
  it('keeps every note outside of 1,000 random regions to the tick, and all tempos and signatures', () => {
    for (let i = 0; i < 1000; i++) {
      const random = randomAt({ seed: 3, purpose: 'sample', step: i });
      const file = FILES[i % FILES.length];
      const before = parseScore('before.mid', file);
      const [from, to] = [random.uniform(0), random.uniform(1)].sort((a, b) => a - b);
      const seconds = 1 + 60 * random.uniform(2);
      const text = `seconds ${(from * 0.9).toFixed(3)}-${(0.001 + to * seconds).toFixed(3)}`;
      const found = findRegion(file, text);
      const programs = i % 3 === 0 ? [before.parts[0].program] : undefined;
      const region = { ...found, programs };
      const written: ScorePart[] = before.parts.map(({ program }, part) => ({
        program,
        notes: Array.from({ length: 5 }, (_, n) => ({
          tick: Math.floor(random.uniform(8 * part + n + 8) * 2 * found.endTick),
          durationTicks: 1 + random.integer(8 * part + n + 500, 900),
          pitch: 40 + random.integer(8 * part + n + 900, 40),
          velocity: 64,
        })),
      }));
      const after = parseScore('after.mid', fillRegion(region, written));
      expect(notesOf(after, region)[0]).toEqual(notesOf(before, region)[0]);
      expect([after.tempos, after.timeSignatures]).toEqual([before.tempos, before.timeSignatures]);
    }
  });

  it('replaces the notes of the region, also where no note is written', () => {
    const region = findRegion(RAG, 'bars 5-8');
    expect(notesOf(parseScore('x', RAG), region)[1].length).toBeGreaterThan(10);
    expect(notesOf(parseScore('x', fillRegion(region, [])), region)[1]).toEqual([]);
    const note = { tick: region.startTick, durationTicks: 7, pitch: 60, velocity: 9 };
    const outside = { ...note, tick: region.endTick };
    const filled = fillRegion(region, [{ program: 0, notes: [note, outside] }]);
    expect(notesOf(parseScore('x', filled), region)[1]).toEqual([`0 ${note.tick} 7 60 9`]);
  });

  it('keeps the program of a region that is not asked for', () => {
    const file = readFixture('midi/two-instruments.mid');
    const score = parseScore('x', file);
    const [first, second] = score.parts.map(({ program }) => program);
    const region = { ...findRegion(file, 'seconds 0-100'), programs: [first] };
    const { parts } = parseScore('x', fillRegion(region, []));
    expect(parts.map(({ program }) => program)).toEqual([second]);
  });
});

describe('secondsToTicks', () => {
  it('returns the ticks of the bars', () => {
    const tickAt = secondsToTicks(RAG);
    const { startTick, endTick, startSeconds, endSeconds } = findRegion(RAG, 'bars 5-8');
    expect([tickAt(startSeconds), tickAt(endSeconds)]).toEqual([startTick, endTick]);
  });
});

describe('findRegion', () => {
  it.each([
    ['all of it', 'fill: expected a region such as "bars 5-8" or "seconds 10-20", got "all of it"'],
    ['seconds 5', 'fill: expected a region such as "bars 5-8" or "seconds 10-20", got "seconds 5"'],
    ['bars 8-5', 'fill: expected a region that ends after it begins, got bars 8-5'],
    ['seconds 5-5', 'fill: expected a region that ends after it begins, got seconds 5-5'],
    ['bars 0-2', 'fill: expected bars from 1 to 89, got bars 0-2'],
    ['bar 900', 'fill: expected bars from 1 to 89, got bar 900'],
    [
      'seconds 900-910',
      'fill: expected a region in the 133.1 seconds of the file, got seconds 900-910',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => findRegion(RAG, text)).toThrow(new RangeError(message));
  });

  it('refuses bars in a performance that follows none', () => {
    const played = readFixture('midi/dense-rounding.mid');
    expect(() => findRegion(played, 'bars 1-2')).toThrow(
      new RangeError(
        'fill: expected seconds, because the notes of this file follow no bars, got bars; give "seconds 10-20"',
      ),
    );
  });
});
