import fc from 'fast-check';

import { allOf, parseXml, readMusicXml, textIn } from '../../test/read-music-xml.js';
import { sheetNote as note, shownNote } from '../../test/common-bars.js';
import { assignVoices } from './voices.js';
import { QUARTER, type Sheet, SIXTEENTH, type Staff } from './sheet.js';
import { writeMusicXml } from './write-music-xml.js';

const sheet = (...staves: Staff[]): Sheet => ({
  title: 'Study',
  tempoBpm: 92,
  key: { fifths: -1, mode: 'minor' },
  parts: [{ name: 'Piano', staves }],
});

describe('writeMusicXml', () => {
  it('writes notes that are read again as they were, in bars that are full', () => {
    const drawn = fc
      .array(
        fc.tuple(fc.nat(90), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 13, max: 127 })),
        { maxLength: 30 },
      )
      .map((rows) => {
        const notes = rows.map(([start, length, pitch]) => note(start, start + length, pitch));
        const byPitch = new Map(notes.map((one) => [one.pitch, one])); // no pitch overlaps itself
        return [...byPitch.values()].sort((a, b) => a.startDivision - b.startDivision);
      });
    fc.assert(
      fc.property(drawn, drawn, fc.integer({ min: -7, max: 7 }), (right, left, fifths) => {
        const staves: Staff[] = [
          { clef: 'treble', voices: assignVoices(right) },
          { clef: 'bass', voices: assignVoices(left) },
        ];
        const text = writeMusicXml({ ...sheet(...staves), key: { fifths, mode: 'major' } });
        const read = readMusicXml(text);
        expect(read.map(({ notes }) => notes)).toEqual(
          staves.map(({ voices }) => voices.flat().map(shownNote).sort()),
        );
        expect(text).not.toContain('<octave>-');
        for (const { voiceLengths } of read) expect(new Set(voiceLengths)).toEqual(new Set([16]));
      }),
      { numRuns: 60 },
    );
  });

  it('writes triplets that are read again as they were, in bars that are full', () => {
    const beat = fc.tuple(fc.constantFrom(3, 4, 6), fc.array(fc.nat(5), { minLength: 1 }));
    const staff = fc.array(beat, { minLength: 1, maxLength: 6 }).map((beats) => {
      const starts = beats.flatMap(([count, places], at) =>
        [...new Set(places.map((place) => place % count))]
          .sort((a, b) => a - b)
          .map((place) => QUARTER * at + (QUARTER / count) * place),
      );
      const ends = [...starts.slice(1), QUARTER * beats.length];
      return starts.map((startDivision, i) => ({ startDivision, endDivision: ends[i], pitch: 60 }));
    });
    fc.assert(
      fc.property(staff, (notes) => {
        const text = writeMusicXml(sheet({ clef: 'treble', voices: [notes] }));
        const [read] = readMusicXml(text);
        const rounded = (row: string): string =>
          row
            .split(' ')
            .map((word) => Math.round(SIXTEENTH * Number(word)))
            .join(' ');
        const expected = notes.map(({ startDivision, endDivision }) =>
          [startDivision, endDivision, SIXTEENTH * 60].join(' '),
        );
        expect(read.notes.map(rounded).sort()).toEqual(expected.sort());
        for (const length of read.voiceLengths) expect(length).toBeCloseTo(16);
        expect(text).not.toContain('undefined');
        const [starts, stops] = ['start', 'stop'].map(
          (type) => text.split(`tuplet type="${type}"`).length,
        );
        expect(starts).toBe(stops);
      }),
    );
  });

  it('writes title, key, time, clefs and tempo once, and a double line at the end', () => {
    const document = parseXml(
      writeMusicXml(
        sheet({ clef: 'treble8', voices: [[note(0, 40, 62)]] }, { clef: 'bass', voices: [[]] }),
      ),
    );
    const texts = ['work-title', 'fifths', 'mode', 'beats', 'beat-type', 'divisions', 'staves'];
    expect(texts.map((name) => textIn(document, name))).toEqual([
      ...['Study', '-1', 'minor', '4', '4', '12', '2'],
    ]);
    expect(allOf(document, 'clef').map((clef) => clef.textContent.replace(/\s/g, ''))).toEqual([
      'G2-1',
      'F4',
    ]);
    expect([textIn(document, 'per-minute'), allOf(document, 'sound').length]).toEqual(['92', 1]);
    expect(allOf(document, 'measure').map((of) => of.getAttribute('number'))).toEqual([
      ...['1', '2', '3'],
    ]);
    expect(
      allOf(document, 'barline').map((of) => of.parentElement?.getAttribute('number')),
    ).toEqual(['3']);
    expect(allOf(document, 'tie').map((tie) => tie.getAttribute('type'))).toEqual([
      ...['start', 'stop', 'start', 'stop'],
    ]);
  });

  it('writes a second voice only in bars in which it has notes', () => {
    const voices = [[note(0, 32, 72)], [note(20, 24, 65)]];
    const document = parseXml(writeMusicXml(sheet({ clef: 'treble', voices })));
    const voicesOf = allOf(document, 'measure').map((measure) => [
      ...new Set(allOf(measure, 'voice').map((voice) => voice.textContent)),
    ]);
    expect(voicesOf).toEqual([['1'], ['1', '2']]);
  });

  it('joins several parts by a bracket, and takes any text as a name', () => {
    const staves: Staff[] = [{ clef: 'treble', voices: [[]] }];
    const parts = ['<A> & "B"', 'C'].map((name) => ({ name, staves }));
    const text = writeMusicXml({ ...sheet(), title: 'x < y', parts });
    expect(allOf(parseXml(text), 'part-name').map((name) => name.textContent)).toEqual([
      ...['<A> & "B"', 'C'],
    ]);
    expect(textIn(parseXml(text), 'work-title')).toBe('x < y');
    expect(text.match(/<part-group /g)).toHaveLength(2);
    expect(writeMusicXml(sheet(...staves))).not.toContain('part-group');
  });

  it('writes a bar of rest for a bar without notes', () => {
    const document = parseXml(writeMusicXml(sheet({ clef: 'treble', voices: [[]] })));
    const [rest, ...more] = allOf(document, 'note');
    expect(more).toEqual([]);
    expect(rest.querySelector('rest')?.getAttribute('measure')).toBe('yes');
    expect(textIn(rest, 'duration')).toBe('48');
  });
});
