import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';

import { sheetNote, shownNote } from '../../test/common-bars.js';
import { readJson } from '../../test/read-fixture.js';
import { parseMeter, parseMidi, toMidi } from '../midi/parse-midi.js';
import { parseScore } from '../score/parse-score.js';
import { DRUMS } from '../score/score.js';
import { assignVoices } from './voices.js';
import { compressMusicXml } from './music-xml-file.js';
import { writeMusicXml } from './write-music-xml.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Notes of all parts as `start length pitch`, in parts of a quarter. */
function notesOf(bytes: Uint8Array, perQuarter: number): string[] {
  const { parts, ticksPerQuarter } = parseScore('a.mxl', bytes);
  const place = (ticks: number): number => Math.round((ticks * perQuarter) / ticksPerQuarter);
  return parts
    .flatMap(({ notes }) => notes)
    .map(({ tick, durationTicks, pitch }) => `${place(tick)} ${place(durationTicks)} ${pitch}`)
    .sort();
}

const document = (measures: string, parts = '<score-part id="P1"/>'): Uint8Array =>
  bytesOf(
    `<score-partwise><part-list>${parts}</part-list><part id="P1">${measures}</part></score-partwise>`,
  );
const note = (step: string, duration: number, more = ''): string =>
  `<note>${more.includes('<chord/>') ? '<chord/>' : ''}<pitch><step>${step}</step><octave>4</octave></pitch>` +
  `<duration>${duration}</duration>${more.replace('<chord/>', '')}</note>`;

describe('MusicXML', () => {
  it("of music21 has music21's notes", () => {
    const files = readJson('music-xml.json') as { mxl: string; notes: string[] }[]; // fixtures/README.md
    for (const { mxl, notes } of files) {
      expect(notesOf(new Uint8Array(Buffer.from(mxl, 'base64')), 48)).toEqual(notes);
    }
  });

  it('that was written is read as it was, compressed or not', () => {
    const drawn = fc
      .array(
        fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 13, max: 127 })),
        { maxLength: 20 },
      )
      .map((rows) => {
        const notes = rows.map(([start, length, pitch]) => sheetNote(start, start + length, pitch));
        const byPitch = new Map(notes.map((one) => [one.pitch, one])); // no pitch overlaps itself
        return [...byPitch.values()].sort((a, b) => a.startDivision - b.startDivision);
      });
    fc.assert(
      fc.property(drawn, fc.integer({ min: -7, max: 7 }), fc.nat(127), (notes, fifths, program) => {
        const voices = assignVoices(notes);
        const text = writeMusicXml({
          title: 'Study',
          tempoBpm: 90,
          key: { fifths, mode: 'major' },
          changes: [{ division: 0, time: { beats: 3, beatType: 4 } }],
          parts: [{ name: 'Part', program, staves: [{ clef: 'bass', voices }] }],
        });
        const expected = voices
          .flat()
          .map((one) => {
            const [start, end, pitch] = shownNote(one).split(' ');
            return `${start} ${Number(end) - Number(start)} ${pitch}`;
          })
          .sort();
        const score = parseScore('a.musicxml', bytesOf(text));
        expect(notesOf(bytesOf(text), 4)).toEqual(expected);
        expect(notesOf(compressMusicXml(text), 4)).toEqual(expected);
        expect(score.parts.every((part) => part.program === program)).toBe(true);
        expect(score.keys).toEqual([{ tick: 0, key: { fifths, mode: 'major' } }]);
        expect(score.timeSignatures).toEqual([{ tick: 0, beats: 3, beatType: 4 }]);
        expect(score.tempos).toEqual([{ tick: 0, microsecondsPerQuarter: 666_667 }]);
      }),
    );
  });

  it('has chords, voices, ties, transposition and dynamics as they sound', () => {
    const bytes = document(
      `<measure number="1"><attributes><divisions>2</divisions><key><fifths>2</fifths></key>
        <time><beats>3</beats><beat-type>4</beat-type></time>
        <transpose><chromatic>-2</chromatic></transpose></attributes>
      <direction><direction-type><dynamics><p/></dynamics></direction-type></direction>
      ${note('C', 4)}${note('E', 2, '<chord/>')}${note('G', 2, '<tie type="start"/>')}
      <backup><duration>6</duration></backup><forward><duration>2</duration></forward>
      <note><grace/><pitch><step>B</step><octave>4</octave></pitch></note>${note('A', 3)}</measure>
      <measure number="2"><attributes><divisions>3</divisions></attributes>
      ${note('G', 6, '<tie type="stop"/>')}</measure>`,
    );
    expect(notesOf(bytes, 2)).toEqual(['0 2 62', '0 4 58', '2 3 67', '4 6 65']);
    const { keys, parts } = parseScore('a.mxl', bytes);
    expect(keys).toEqual([{ tick: 0, key: { fifths: 0, mode: 'major' } }]);
    expect(new Set(parts[0].notes.map(({ velocity }) => velocity))).toEqual(new Set([49]));
  });

  it('has the bars of upbeats and of repeats, and the tempos of metronome marks', () => {
    const metronome =
      '<direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/>' +
      '<per-minute>60</per-minute></metronome></direction-type></direction>';
    const bytes = document(
      `<measure>${metronome}${note('C', 1)}</measure><measure>${note('C', 4)}</measure>
       <measure>${note('C', 3)}</measure><measure>${note('C', 1)}</measure>
       <measure>${note('C', 3)}</measure>`,
    );
    expect(parseMeter('a.mxl', bytes)).toMatchObject({
      timeSignatures: [
        { quarter: 0, beats: 1, beatType: 4 },
        { quarter: 1, beats: 4, beatType: 4 },
      ],
      tempos: [{ quarter: 0, secondsPerQuarter: 0.666667 }],
    });
  });

  it('has drums by the numbers of their instruments, also with the parts in the measures', () => {
    const listed =
      '<score-part id="P1"><midi-instrument id="P1-I37"><midi-channel>10</midi-channel>' +
      '<midi-unpitched>37</midi-unpitched></midi-instrument></score-part>';
    const bytes = bytesOf(
      `<score-timewise><part-list>${listed}</part-list><measure><part id="P1"><note><unpitched/>
      <duration>1</duration><instrument id="P1-I37"/></note></part></measure></score-timewise>`,
    );
    expect(parseScore('a.xml', bytes).parts).toMatchObject([
      { program: DRUMS, notes: [{ tick: 0, pitch: 36 }] },
    ]);
  });

  it('in UTF-16 is read, and becomes MIDI with the same notes', () => {
    const text = new TextDecoder().decode(document(`<measure>${note('C', 4)}</measure>`));
    const wide = new Uint8Array(Buffer.from(`\uFEFF${text}`, 'utf16le'));
    expect(notesOf(wide, 1)).toEqual(['0 4 60']);
    const midi = toMidi('a.xml', wide);
    expect(parseMidi('a.mid', midi).notes).toEqual(parseMidi('a.xml', wide).notes);
    expect(toMidi('a.mid', midi)).toBe(midi);
  });

  it.each([
    [
      bytesOf('<html><p>A</p></html>'),
      'a.mxl: expected MusicXML, a score-partwise element, got html',
    ],
    [
      document('').subarray(0, 60),
      'a.mxl: expected </score-partwise>, got the end of what contains it',
    ],
    [bytesOf('<!-- nothing -->'), 'a.mxl: the file has no XML element'],
    [
      document('<measure number="7"><note><duration>1</duration></note></measure>'),
      'a.mxl: measure 7: expected notes with a step and an octave, got one without',
    ],
    [
      document('<measure><note><rest/></note></measure>'),
      'a.mxl: measure 1: duration: expected at least 0, got none',
    ],
    [
      document('<measure><note><rest/><duration>-1</duration></note></measure>'),
      'a.mxl: measure 1: duration: expected at least 0, got -1',
    ],
    [bytesOf('<score-partwise><part'), 'a.mxl: the score has no measures'],
    [zipSync({ 'readme.txt': strToU8('A') }), 'a.mxl: the .mxl file does not contain a score'],
    [
      compressMusicXml('<a/>').subarray(0, 90),
      'a.mxl: expected an intact .mxl file, got one with invalid zip data',
    ],
  ])('is refused with the place of its fault', (bytes, message) => {
    expect(() => parseScore('a.mxl', bytes)).toThrow(message);
  });
});
