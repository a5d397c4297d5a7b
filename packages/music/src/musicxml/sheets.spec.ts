import { type MidiEvent, writeMidi } from 'midi-file';

import { allOf, parseXml, readMusicXml, textIn } from '../../test/read-music-xml.js';
import { type MusicPrompt, promptMeter } from '../domain/music-prompt.js';
import { parseMeter, parseMidi } from '../midi/parse-midi.js';
import { END_OF_TRACK, noteEvents, type TimedEvent, withDeltas } from '../midi/write-midi.js';
import { applyPedal } from '../notes/apply-pedal.js';
import { onGrid } from '../events/events.js';
import { sheetNote as note, shownNote } from '../../test/common-bars.js';
import { readFixture } from '../../test/read-fixture.js';
import { performanceSheet, quantizePerformance, scoreSheet } from './sheets.js';
import { DRUMS, type Score } from '../score/score.js';
import { parseScore } from '../score/parse-score.js';
import { writeMusicXml } from './write-music-xml.js';
import { assignVoices } from './voices.js';
import { type Sheet, type SheetNote, SIXTEENTH } from './sheet.js';

const TICKS_PER_SIXTEENTH = 120;
/** A change of tempo, meter or key, at a sixteenth. */
type Change = readonly [sixteenth: number, event: TimedEvent['event']];
/** Notes from and to sixteenths. */
type Row = readonly [start: number, end: number, pitch: number];

const time = (sixteenth: number, numerator: number, denominator: number): Change => {
  const click = { metronome: 24, thirtyseconds: 8 };
  return [sixteenth, { type: 'timeSignature', numerator, denominator, ...click }];
};
const tempo = (sixteenth: number, bpm: number): Change => {
  return [sixteenth, { type: 'setTempo', microsecondsPerBeat: Math.round(6e7 / bpm) }];
};
const key = (sixteenth: number, fifths: number, scale: number): Change => {
  return [sixteenth, { type: 'keySignature', key: fifths, scale }];
};

/** A MIDI file with 480 ticks a quarter. */
function midi(changes: readonly Change[], rows: readonly Row[]): Uint8Array {
  const tickOf = (sixteenth: number): number => Math.round(TICKS_PER_SIXTEENTH * sixteenth);
  const notes = rows.map(([start, end, pitch]) => {
    return { start: tickOf(start), end: tickOf(end), pitch, velocity: 80 };
  });
  const conductor = withDeltas(
    changes.map(([at, event]): TimedEvent => ({ tick: tickOf(at), order: 0, event })),
  );
  const tracks: MidiEvent[][] = [
    [...conductor, END_OF_TRACK],
    [...noteEvents(0, notes), END_OF_TRACK],
  ];
  const header = { format: 1 as const, numTracks: 2, ticksPerBeat: 480 };
  return Uint8Array.from(writeMidi({ header, tracks }));
}

/** The sheet music of a file, as a prompt that nothing was added to. */
function sheetOf(bytes: Uint8Array, prompt: Omit<MusicPrompt, 'piece'> = {}): string {
  const piece = { ...parseMidi('a.mid', bytes), meter: parseMeter('a.mid', bytes) };
  const meter = promptMeter({ ...prompt, piece });
  return writeMusicXml(performanceSheet(onGrid(applyPedal(piece)), meter));
}

/**
 * The right hand by bar: `c4` is a quarter on C, `r2` an eighth rest, `~` ties, brackets are beams, and parentheses
 * triplets: `(c2 c2 c2)` fills a quarter.
 */
function bars(text: string): readonly string[] {
  return allOf(parseXml(text), 'measure').map((measure) =>
    allOf(measure, 'note')
      .filter((note) => textIn(note, 'staff') === '1')
      .map((note) => {
        const name = textIn(note, 'step')?.toLowerCase() ?? 'r';
        const beam = note.querySelector('beam')?.textContent;
        const tie = note.querySelector('tie[type=start]') ? '~' : '';
        const open = beam === 'begin' ? '[' : '';
        const lengthening = note.querySelector('time-modification') ? 3 / 2 : 1;
        const sixteenths = (lengthening * Number(textIn(note, 'duration'))) / SIXTEENTH;
        const starts = note.querySelector('tuplet[type=start]') ? '(' : '';
        const stops = note.querySelector('tuplet[type=stop]') ? ')' : '';
        return `${starts}${open}${name}${sixteenths}${tie}${beam === 'end' ? ']' : ''}${stops}`;
      })
      .join(' '),
  );
}

const times = (text: string): readonly string[] =>
  allOf(parseXml(text), 'measure').map((measure) =>
    ['beats', 'beat-type'].map((name) => textIn(measure, name) ?? '').join('/'),
  );
const run = (start: number, count: number, length: number): Row[] =>
  Array.from({ length: count }, (_, i) => [start + i * length, start + (i + 1) * length, 72]);

describe('performanceSheet of a piece with a meter', () => {
  it('writes the bars of 3/4, with ties over bar lines', () => {
    const text = sheetOf(midi([time(0, 3, 4), tempo(0, 96)], [...run(0, 2, 4), [8, 16, 74]]));
    expect(bars(text)).toEqual(['c4 c4 d4~', 'd4 r4 r4']);
    expect(times(text)).toEqual(['3/4', '/']);
    expect([textIn(parseXml(text), 'per-minute'), text.includes('symbol=')]).toEqual(['96', false]);
  });

  it('joins three eighths in 6/8', () => {
    const text = sheetOf(midi([time(0, 6, 8)], [...run(0, 6, 2), [12, 18, 72], [18, 20, 72]]));
    expect(bars(text)).toEqual(['[c2 c2 c2] [c2 c2 c2]', 'c6 c2 r2 r2']);
  });

  it('writes triplets of quarters, eighths and sixteenths, each within its beat or half beat', () => {
    const third = 4 / 3;
    const sixth = 2 / 3;
    const eighths = [...run(0, 3, third), ...run(4, 2, 2), [8, 8 + 2 * third, 72] as Row];
    const swung: Row[] = [[8 + 2 * third, 12, 74], ...run(12, 1, 4)];
    expect(bars(sheetOf(midi([], [...eighths, ...swung])))).toEqual([
      '([c2 c2 c2]) [c2 c2] (c4 d2) c4',
    ]);
    const sixteenths = [...run(0, 6, sixth), [4, 6, 72] as Row, ...run(6, 3, sixth)];
    expect(bars(sheetOf(midi([], [...sixteenths, ...run(8, 1, third), [12, 16, 72]])))).toEqual([
      '([c1 c1 c1) (c1 c1 c1]) [c2 (c1 c1 c1]) c1 r1 r2 c4',
    ]);
    const quarters = run(0, 3, 2 * third);
    expect(bars(sheetOf(midi([time(0, 2, 4)], quarters)))).toEqual(['(c4 c2~) (c2 c4)']);
  });

  it('writes triplets in the hand and the bar that have them, after any upbeat', () => {
    const low = run(0, 4, 2).map(([start, end]): Row => [start, end, 48]);
    const text = sheetOf(midi([], [...run(0, 3, 4 / 3), ...low, ...run(4, 2, 2)]));
    expect(bars(text)).toEqual(['([c2 c2 c2]) [c2 c2] r8']);
    expect(allOf(parseXml(text), 'time-modification')).toHaveLength(3);
    const short = sheetOf(midi([], [...run(0, 3, 4 / 3), [0, 4 / 3, 48], ...run(4, 1, 4)]));
    expect(short.match(/<time-modification>/g)).toHaveLength(5); // a short note of the other hand, and its rest
    const upbeat = midi([time(0, 1, 8), time(2, 2, 4)], [...run(0, 1, 2), ...run(2, 6, 4 / 3)]);
    expect(bars(sheetOf(upbeat))).toEqual(['c2', '([c2 c2 c2]) ([c2 c2 c2])']);
  });

  it('writes no triplets in compound time, nor for notes that are merely late', () => {
    const compound = sheetOf(midi([time(0, 6, 8)], run(0, 6, 4 / 3)));
    const late = sheetOf(midi([], [...run(0, 2, 2), [4.3, 6, 72], [6.4, 8, 72], ...run(8, 2, 4)]));
    expect(`${compound}${late}`).not.toContain('time-modification');
  });

  it('writes a rest of a whole bar without a length that a reader would see', () => {
    const text = sheetOf(midi([time(0, 3, 4)], [...run(0, 3, 4), ...run(24, 3, 4)]));
    const rest = allOf(parseXml(text), 'measure')[1].querySelector('note');
    expect(rest?.querySelector('rest')?.getAttribute('measure')).toBe('yes');
    expect([rest?.querySelector('type'), rest?.querySelector('dot')]).toEqual([null, null]);
  });

  it('writes the bars of 5/4', () => {
    const text = sheetOf(midi([time(0, 5, 4)], [...run(0, 5, 4), [20, 22, 72]]));
    expect(bars(text)).toEqual(['c4 c4 c4 c4 c4', 'c2 r2 r4 r4 r4 r4']);
    expect(readMusicXml(text)[0].voiceLengths).toEqual([20, 20]);
  });

  it('changes from 4/4 to 3/4, and writes each signature once', () => {
    const changes = [time(0, 4, 4), time(16, 4, 4), time(32, 3, 4)];
    const text = sheetOf(midi(changes, run(0, 14, 4)));
    expect(times(text)).toEqual(['4/4', '/', '3/4', '/']);
    expect(bars(text)).toEqual(['c4 c4 c4 c4', 'c4 c4 c4 c4', 'c4 c4 c4', 'c4 c4 c4']);
  });

  it('marks a bar that a new signature ends, such as an upbeat', () => {
    const text = sheetOf(midi([time(0, 3, 4), time(4, 2, 4)], run(0, 3, 4)));
    expect(bars(text)).toEqual(['c4', 'c4 c4']);
    const measures = allOf(parseXml(text), 'measure');
    expect(measures.map((measure) => measure.getAttribute('implicit'))).toEqual(['yes', null]);
  });

  it('keeps even sixteenths even in a ritardando and an accelerando, and writes each tempo', () => {
    const slower = [120, 104, 88, 66, 40, 200].map((bpm, i) => tempo(4 * i, bpm));
    const text = sheetOf(midi([time(0, 2, 4), ...slower], run(0, 32, 1)));
    const beat = '[c1 c1 c1 c1]';
    expect(bars(text)).toEqual(Array.from({ length: 4 }, () => `${beat} ${beat}`));
    const marks = allOf(parseXml(text), 'direction').map((mark) => [
      mark.parentElement?.getAttribute('number'),
      `${Number(textIn(mark, 'offset') ?? 0) / SIXTEENTH}`,
      textIn(mark, 'per-minute'),
      mark.querySelector('metronome')?.getAttribute('print-object') ?? 'yes',
    ]);
    expect(marks).toEqual([
      ['1', '0', '120', 'yes'],
      ['1', '4', '104', 'no'],
      ['2', '0', '88', 'no'],
      ['2', '4', '66', 'no'],
      ['3', '0', '40', 'no'],
      ['3', '4', '200', 'yes'],
    ]);
  });

  it('takes the key of the file, or its relative minor if the notes fit it', () => {
    const keyOf = (text: string): string =>
      ['fifths', 'mode'].map((name) => textIn(parseXml(text), name)).join(' ');
    const minor = [69, 71, 72, 74, 76, 77, 80, 81, 76, 72, 69].map((pitch, i): Row => [
      4 * i,
      4 * i + 4,
      pitch,
    ]);
    const major = [63, 65, 67, 68, 70, 67, 63, 58, 63].map((pitch, i): Row => [
      4 * i,
      4 * i + 4,
      pitch,
    ]);
    expect(keyOf(sheetOf(midi([key(0, -3, 0)], major)))).toBe('-3 major');
    expect(keyOf(sheetOf(midi([key(0, -3, 1)], major)))).toBe('-3 minor');
    expect(keyOf(sheetOf(midi([key(0, 0, 0)], minor)))).toBe('0 minor');
    expect(keyOf(sheetOf(midi([key(0, 100, 0)], run(0, 8, 4))))).toBe(
      keyOf(sheetOf(midi([], run(0, 8, 4)))),
    );
    const text = sheetOf(midi([key(0, -3, 0), key(16, 2, 0)], run(0, 8, 4)));
    expect(allOf(parseXml(text), 'fifths').map((of) => of.textContent)).toEqual(['-3', '2']);
  });

  it('continues in the median tempo after the used part of a primer', () => {
    const changes = [tempo(0, 120), tempo(16, 30), tempo(20, 200)];
    const text = sheetOf(midi(changes, run(0, 20, 1)), { seconds: 3 }); // half of the beat at 30
    const marks = allOf(parseXml(text), 'per-minute').map((of) => of.textContent);
    expect(marks).toEqual(['120', '30', '120']);
  });

  it('uses bars of four quarters and tracks beats if notes follow no grid', () => {
    const played = Array.from({ length: 40 }, (_, i): Row => {
      const start = i * 3.37 + ((i * i) % 7) / 5;
      return [start, start + 2, 60 + (i % 12)];
    });
    const bytes = midi([time(0, 3, 4), time(9, 3, 4), tempo(0, 120)], played);
    expect(parseMeter('a.mid', bytes)).toBeUndefined();
    expect(times(sheetOf(bytes))[0]).toBe('4/4');
  });

  it('takes no meter from a file whose beats would fill the memory', () => {
    const rows: Row[] = [...run(0, 4, 4), [2e6, 2e6 + 4, 60]];
    const text = sheetOf(midi([time(0, 1, 16), tempo(0, 6e7)], rows));
    expect(times(text)[0]).toBe('4/4');
  });

  it('writes a file with very many changes of tempo and key within seconds', () => {
    const changes = Array.from({ length: 40_000 }, (_, i) => [
      tempo(i / 2, 100 + (i % 2)),
      key(i / 2, (i % 14) - 7, 0),
    ]).flat();
    const bytes = midi(changes, run(0, 20_000, 1));
    const piece = { ...parseMidi('a.mid', bytes), meter: parseMeter('a.mid', bytes) };
    const { changes: written } = performanceSheet(onGrid(piece.notes), promptMeter({ piece }));
    expect(written).toHaveLength(80_001);
  });

  it('takes no meter from a file whose ticks are parts of a second', () => {
    const bytes = midi([time(0, 3, 4)], run(0, 4, 4));
    bytes.set([256 - 25, 40], 12); // 25 frames a second, 40 ticks a frame
    expect(parseMeter('a.mid', bytes)).toBeUndefined();
    expect(times(sheetOf(bytes))[0]).toBe('4/4');
  });

  it('ignores a signature without beats', () => {
    expect(times(sheetOf(midi([time(0, 0, 4), time(0, 3, 4)], run(0, 4, 4))))[0]).toBe('3/4');
  });
});

/** Notes of these sixteenths at 120 beats a minute, 12.5 steps each, a little loose. */
const performed = (...notes: SheetNote[]) =>
  notes.map(({ startDivision, endDivision, pitch }, i) => ({
    startStep: 40 + Math.round((12.5 * startDivision) / SIXTEENTH) + (i % 3) - 1,
    endStep: 40 + Math.round((12.5 * endDivision) / SIXTEENTH) - (i % 4),
    pitch,
    velocity: 80,
  }));

describe('quantizePerformance', () => {
  it('finds the grid that a piece was played on', () => {
    const notes = Array.from({ length: 64 }, (_, i) =>
      note(2 * i, 2 * i + (i % 4 === 3 ? 1 : 2), 60 + ((5 * i) % 12)),
    );
    const beats = Array.from({ length: 32 }, (_, i) => note(4 * i, 4 * i + 4, 48 + (i % 5)));
    const quantized = quantizePerformance(performed(...notes, ...beats));
    expect(quantized.tempoBpm).toBe(120);
    const shown = (of: readonly SheetNote[]): string[] => of.map(shownNote).sort();
    expect(shown(quantized.notes)).toEqual(shown([...notes, ...beats]));
  });

  it('gives every note a sixteenth, and none of a pitch overlap', () => {
    const rows = [
      [0, 1, 60],
      [50, 120, 60],
      [100, 101, 60],
      [101, 150, 60],
    ];
    const notes = rows.map(([startStep, endStep, pitch]) => {
      return { startStep, endStep, pitch, velocity: 9 };
    });
    expect(quantizePerformance(notes).notes).toEqual([
      note(0, 1, 60),
      note(4, 8, 60),
      note(8, 12, 60),
    ]);
    expect(quantizePerformance([])).toEqual({ tempoBpm: 120, notes: [] });
  });
});

describe('assignVoices', () => {
  it('keeps the notes that fit into two voices, the higher of two chords in the first', () => {
    const melody = [note(0, 8, 72), note(0, 2, 64), note(2, 4, 65), note(8, 10, 70)];
    expect(assignVoices(melody)).toEqual([
      [note(0, 8, 72), note(8, 10, 70)],
      [note(0, 2, 64), note(2, 4, 65)],
    ]);
  });

  it('makes a chord of notes of about one length, as long as its shortest', () => {
    expect(assignVoices([note(0, 8, 60), note(0, 6, 64), note(0, 2, 67)])).toEqual([
      [note(0, 2, 67)],
      [note(0, 6, 60), note(0, 6, 64)],
    ]);
  });

  it('cuts the note that ends first if both voices sound', () => {
    const [first, second] = assignVoices([note(0, 9, 60), note(1, 7, 62), note(2, 4, 64)]);
    expect(first).toEqual([note(0, 9, 60)]);
    expect(second).toEqual([note(1, 2, 62), note(2, 4, 64)]);
  });
});

describe('performanceSheet', () => {
  const sheetOf = (name: string): Sheet => {
    const piece = parseMidi(name, readFixture(`real/${name}.mid`));
    return performanceSheet(onGrid(applyPedal(piece)));
  };

  it.each([
    ['bach-prelude-c-major-bwv846', 0], // C major
    ['peacherine-rag', -3], // E flat major
    ['satie-gymnopedie-no1', 2], // D major
  ])('finds the key of %s', (name, fifths) => {
    expect(sheetOf(name).key).toEqual({ fifths, mode: 'major' });
  });

  it('gives the right hand middle C and above', () => {
    const [right, left] = sheetOf('peacherine-rag').parts[0].staves.map(({ clef, voices }) => {
      const pitches = voices.flat().map(({ pitch }) => pitch);
      return [clef, Math.min(...pitches), Math.max(...pitches)];
    });
    expect([right[0], right[1], left[0], left[2]]).toEqual(['treble', 60, 'bass', 59]);
  });

  it("leaves out notes below MusicXML's lowest pitch", () => {
    const notes = [12, 13].map((pitch) => ({ startStep: 0, endStep: 9, pitch, velocity: 64 }));
    const [, left] = performanceSheet(notes).parts[0].staves;
    expect(left.voices.flat().map(({ pitch }) => pitch)).toEqual([13]);
  });
});

describe('scoreSheet', () => {
  const played = (tick: number, durationTicks: number, pitch: number) => {
    return { tick, durationTicks, pitch, velocity: 80 };
  };
  const score: Score = {
    name: 'a.mid',
    ticksPerQuarter: 8,
    parts: [
      { program: 33, notes: [played(0, 8, 40), played(8, 16, 41)] },
      { program: 0, notes: [played(0, 4, 48), played(0, 8, 72)] },
      { program: 33, notes: [played(9, 7, 43)] },
      { program: DRUMS, notes: [played(0, 1, 36), played(0, 1, 42), played(4, 1, 42)] },
      { program: 40, notes: [] },
    ],
    tempos: [{ tick: 0, microsecondsPerQuarter: 600_000 }],
    timeSignatures: [{ tick: 0, beats: 3, beatType: 4 }],
    keys: [{ tick: 0, key: { fifths: 1, mode: 'minor' } }],
    repairs: [],
  };
  const sheet = scoreSheet(score);

  it('has a part for each instrument, with the clefs of its players', () => {
    const clefs = sheet.parts.map(({ name, staves }) => [name, ...staves.map(({ clef }) => clef)]);
    expect(clefs).toEqual([
      ['Electric bass (finger)', 'bass8'],
      ['Grand piano', 'treble', 'bass'],
      ['Electric bass (finger) 2', 'bass8'],
      ['Drums', 'percussion'],
    ]);
  });

  it('keeps the names of parts, also when it is read again', () => {
    const chorale = ['Soprano', 'Alto'].map((name) => ({
      name,
      program: 0,
      notes: [played(0, 8, 60)],
    }));
    const named = scoreSheet({ ...score, parts: chorale });
    expect(named.parts.map(({ name }) => name)).toEqual(['Soprano', 'Alto']);
    const read = parseScore('a.musicxml', new TextEncoder().encode(writeMusicXml(named)));
    expect(read.parts.map(({ name }) => name)).toEqual(['Soprano', 'Alto']);
  });

  it('ends drums where the next begin, or with their quarter', () => {
    const [drums] = sheet.parts[3].staves[0].voices;
    expect(drums.map(shownNote)).toEqual(['0 2 36', '0 2 42', '2 4 42']);
  });

  it('is read again with its instruments, drums, bars, key and tempo', () => {
    const read = parseScore('a.musicxml', new TextEncoder().encode(writeMusicXml(sheet)));
    const shown = read.parts.map(({ program, notes }) => [
      program,
      ...notes.map(({ tick, pitch }) => `${(4 * tick) / read.ticksPerQuarter} ${pitch}`).sort(),
    ]);
    expect(shown).toEqual([
      [33, '0 40', '4 41'],
      [0, '0 48', '0 72'],
      [33, '5 43'], // half a sixteenth late
      [DRUMS, '0 36', '0 42', '2 42'],
    ]);
    const text = writeMusicXml(sheet);
    expect(text.match(/<fifths>/g)).toHaveLength(3); // drums have no key
    const { tempos, timeSignatures, keys } = score;
    expect(read).toMatchObject({ tempos, timeSignatures, keys });
  });

  it('is a bar of rest without notes', () => {
    const text = writeMusicXml(scoreSheet({ ...score, parts: [] }));
    expect(allOf(parseXml(text), 'measure')).toHaveLength(1);
  });
});
