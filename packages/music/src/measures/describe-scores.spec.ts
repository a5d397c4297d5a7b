import { DRUMS, type Score, type ScoreNote } from '../score/score.js';
import { describeScores } from './describe-scores.js';

const near = (number: number): number => expect.closeTo(number, 12) as number;
const note = (tick: number, durationTicks: number, pitch: number): ScoreNote => {
  return { tick, durationTicks, pitch, velocity: 64 };
};
const drum = (tick: number, pitch: number): ScoreNote => {
  return { tick, durationTicks: 6, pitch, velocity: 100 };
};
const WALTZ: Score = {
  name: 'waltz',
  ticksPerQuarter: 24,
  parts: [
    { program: 33, notes: [note(0, 24, 40), note(72, 48, 43)] },
    { program: 0, notes: [note(0, 24, 60), note(0, 48, 64), note(48, 12, 67)] },
    { program: DRUMS, notes: [drum(12, 36), drum(80, 38)] },
  ],
  tempos: [
    { tick: 0, microsecondsPerQuarter: 500_000 },
    { tick: 72, microsecondsPerQuarter: 1_000_000 },
  ],
  timeSignatures: [{ tick: 0, beats: 3, beatType: 4 }],
  repairs: [],
};
/** Of another resolution, and without a tempo or a time signature. */
const FLUTE: Score = {
  name: 'flute',
  ticksPerQuarter: 12,
  parts: [{ program: 73, notes: [note(24, 12, 72)] }],
  tempos: [],
  timeSignatures: [],
  repairs: [],
};
const SILENCE: Score = { ...FLUTE, parts: [{ program: 0, notes: [] }] };
/** Quarter notes of a piano in 4/4. */
const playing = (pitches: readonly number[]): Score => ({
  ...FLUTE,
  parts: [{ program: 0, notes: pitches.map((pitch, i) => note(12 * i, 12, pitch)) }],
});

const named = (statistics: ReturnType<typeof describeScores>, name: string) =>
  statistics.find((each) => each.name === name);

describe('describeScores', () => {
  it('counts bars, tracks, notes, lengths, positions and times between onsets', () => {
    expect(describeScores([WALTZ, SILENCE, FLUTE])).toEqual([
      // The waltz ends after two beats of its second bar, the flute after three of four.
      { name: 'bars a piece', value: near((5 / 3 + 3 / 4) / 2) },
      { name: 'tracks a piece', value: 2 },
      { name: 'notes a bar', value: near(8 / (5 / 3 + 3 / 4)) },
      { name: 'notes at once', value: 7.5 / 8 },
      { name: 'quarters a note', value: 7.5 / 6 },
      { name: 'longest note, quarters', value: 2 },
      { name: 'pitch-class entropy, bits', value: near(Math.log2(3)) },
      // Five quarters in 3.5 seconds, and three at 120.
      { name: 'quarters a minute', value: near((300 / 3.5 + 120) / 2) },
      { name: 'notes at once, over time', values: { 'bars 1 to 4': near(1) } },
      { name: 'sounding at once', shares: { '0': 2.5 / 8, '1': 4.5 / 8, '3': 1 / 8 } },
      { name: 'tracks in a bar', shares: { '1': 1 / 3, '2': 1 / 3, '3': 1 / 3 } },
      {
        name: 'notes by instrument',
        shares: { piano: 3 / 8, bass: 2 / 8, pipe: 1 / 8, drums: 2 / 8 },
      },
      {
        name: 'note length, quarters',
        shares: { '1/2 to below 1': 1 / 6, '1 to below 2': 3 / 6, '2 to below 4': 2 / 6 },
      },
      {
        name: 'onset to onset in a track, quarters',
        shares: { together: 1 / 4, '2 to below 4': 3 / 4 },
      },
      {
        name: 'position in the bar',
        shares: { 'beat 1': 5 / 8, 'beat 1 and': 1 / 8, 'beat 3': 2 / 8 },
      },
      {
        name: 'position in the beat',
        shares: { 'on the beat': 6 / 8, 'on a half': 1 / 8, 'on a third': 1 / 8 },
      },
      { name: 'velocity', shares: { '64 to 79': 6 / 8, '96 to 111': 2 / 8 } },
      { name: 'pitch class', shares: { C: 1 / 3, E: 1 / 3, G: 1 / 3 } },
      { name: 'melody of a track, half tones', shares: { '+3': 1 } },
      { name: 'time signature', shares: { '3/4': 2 / 3, '4/4': 1 / 3 } },
    ]);
  });

  it('counts the notes of less than a bar', () => {
    expect(named(describeScores([FLUTE]), 'notes a bar')).toMatchObject({ value: near(4 / 3) });
  });

  it('has the beats of each time signature', () => {
    // A bar of 2/4, then two of 6/8, whose beats are eighths of 6 ticks.
    const statistics = describeScores([
      {
        ...FLUTE,
        timeSignatures: [
          { tick: 0, beats: 2, beatType: 4 },
          { tick: 24, beats: 6, beatType: 8 },
        ],
        parts: [{ program: DRUMS, notes: [13, 24, 57, 61].map((tick) => drum(tick, 40)) }],
      },
    ]);
    expect(named(statistics, 'position in the bar')).toEqual({
      name: 'position in the bar',
      shares: { 'beat 1': 1 / 2, 'beat 2': 1 / 4, 'beat 6 and': 1 / 4 },
    });
    expect(named(statistics, 'position in the beat')).toEqual({
      name: 'position in the beat',
      shares: {
        'on the beat': 1 / 4,
        'on a half': 1 / 4,
        'on a sixth': 1 / 4,
        elsewhere: 1 / 4,
      },
    });
    expect(named(statistics, 'time signature')).toMatchObject({ shares: { '2/4': 1 / 3 } });
  });

  it('reports no pitches of drums', () => {
    const statistics = describeScores([
      { ...WALTZ, parts: [{ program: DRUMS, notes: [drum(0, 36)] }] },
    ]);
    expect(named(statistics, 'notes at once')).toEqual({ name: 'notes at once', value: 0 });
    expect(named(statistics, 'longest note, quarters')).toBeUndefined();
    expect(named(statistics, 'pitch class')).toEqual({ name: 'pitch class', shares: {} });
  });

  it('reports the change of notes at once over bars', () => {
    const last = { ...note(0, 12, 60), tick: 48 * 50 };
    const statistics = describeScores([
      { ...FLUTE, parts: [{ program: 0, notes: [note(0, 6 * 48, 60), last] }] },
    ]);
    expect(named(statistics, 'notes at once, over time')).toEqual({
      name: 'notes at once, over time',
      values: {
        'bars 1 to 4': 1,
        'bars 5 to 8': 0.5,
        ...Object.fromEntries(
          Array.from({ length: 10 }, (_, i) => [`bars ${9 + 4 * i} to ${12 + 4 * i}`, 0]),
        ),
        'bar 49 or later': near(0.25 / 2.25),
      },
    });
  });

  it('finds bars that come back, however long they are', () => {
    const bars = (pitchOf: (bar: number) => number): Score => ({
      ...FLUTE,
      timeSignatures: [
        { tick: 0, beats: 2, beatType: 4 },
        { tick: 4 * 24, beats: 3, beatType: 4 },
      ],
      parts: [
        {
          program: 0,
          notes: [0, 24, 48, 72, 96, 132, 168, 204].map((tick, i) =>
            note(tick, i < 4 ? 24 : 36, pitchOf(i)),
          ),
        },
      ],
    });
    const similarity = (pitchOf: (bar: number) => number) =>
      named(describeScores([bars(pitchOf)]), 'self-similarity');
    expect(similarity((bar) => 60 + (bar % 4))).toMatchObject({ value: near(1) });
    expect(similarity((bar) => 60 + bar)).toMatchObject({ value: 0 });
  });

  it('finds spans of other scores in any key, not of the same one', () => {
    const tune = [60, 62, 64, 65, 67, 60, 72, 71, 69, 60, 59, 61];
    const data = [playing(tune), playing([...tune].reverse())];
    const copiesOf = (...scores: Score[]) =>
      named(describeScores(scores, data), 'copied spans of 32 tokens');
    expect(copiesOf(playing(tune))).toMatchObject({ value: 1 });
    expect(copiesOf(...data)).toMatchObject({ value: 0 });
    expect(copiesOf(playing(tune.map((pitch) => pitch + 5)))).toMatchObject({ value: 1 });
    expect(copiesOf(playing(tune.map((pitch) => 120 - pitch)))).toMatchObject({ value: 0 });
    expect(named(describeScores(data), 'copied spans of 32 tokens')).toBeUndefined();
  });

  it('has nothing to say of nothing', () => {
    const numbers = describeScores([SILENCE]).flatMap((each) =>
      'value' in each ? each.value : [],
    );
    expect(numbers).toEqual([0, 0, 0, 0]);
  });
});
