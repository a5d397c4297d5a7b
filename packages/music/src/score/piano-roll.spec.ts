import { drawPianoRoll, drawScore } from './piano-roll.js';
import { DRUMS, type Score } from './score.js';

const score: Score = {
  name: 'a.mid',
  ticksPerQuarter: 8,
  parts: [
    { program: 33, notes: [{ tick: 0, durationTicks: 8, pitch: 40, velocity: 127 }] },
    { program: DRUMS, notes: [{ tick: 24, durationTicks: 4, pitch: 36, velocity: 1 }] },
  ],
  tempos: [],
  timeSignatures: [{ tick: 0, beats: 3, beatType: 4 }],
  repairs: [],
};

it('draws each part in a different colour, and names it', () => {
  const svg = drawScore(score);
  const part = (colour: string, name: string): RegExp =>
    new RegExp(
      `<g fill="${colour}"><title>${name}</title><rect x="([\\d.]+)" y="\\d+" width="([\\d.]+)"`,
    );
  expect(part('#0072b2', 'electric bass \\(finger\\)').exec(svg)?.slice(1)).toEqual(['0', '24']);
  expect(part('#666', 'drums').exec(svg)?.slice(1)).toEqual(['72', '12']);
  expect(svg).toContain('>electric bass (finger), 1 note</text>');
  expect(svg).toContain('<title>Piano roll: 2 parts, 2 notes, 2 bars</title>');
});

it('escapes names of parts', () => {
  const parts = [{ name: 'Drums & <b>', program: 0, notes: [] }];
  const svg = drawScore({ ...score, parts });
  expect(svg).toContain('<title>Drums &amp; &lt;b&gt;</title>');
  expect(svg).toContain('>Drums &amp; &lt;b&gt;, 0 notes</text>');
});

it('has a line at each bar, as long as its time signature', () => {
  const lines = [...drawScore(score).matchAll(/M([\d.]+) 0V/g)].map(([, x]) => Number(x));
  expect(lines).toEqual([0, 72, 144]);
});

it('draws silence', () => {
  expect(drawScore({ ...score, parts: [] })).toContain('0 parts, 0 notes, 1 bar<');
});

describe('drawPianoRoll', () => {
  const svg = drawPianoRoll([
    { startStep: 0, endStep: 50, pitch: 60, velocity: 127 },
    { startStep: 100, endStep: 250, pitch: 84, velocity: 1 },
  ]);
  const bars = [
    ...svg.matchAll(/<rect x="([\d.]+)" y="(\d+)" width="([\d.]+)" .*opacity="([\d.]+)"/g),
  ];

  it('draws a bar for each note with its length, pitch and velocity', () => {
    expect(bars.map(([, x, , width, opacity]) => [x, width, opacity].map(Number))).toEqual([
      [0, 30, 1],
      [60, 90, 0.26],
    ]);
    expect(Number(bars[0][2]) - Number(bars[1][2])).toBe(24 * 6); // two octaves below
  });

  it('names seconds and octaves', () => {
    expect([...svg.matchAll(/>(C\d)</g)].map(([, name]) => name)).toEqual(['C4', 'C5', 'C6']);
    expect(svg).toContain('>0 s<');
    expect(svg).toContain('2 notes, 3 s');
  });

  it('draws silence', () => {
    expect(drawPianoRoll([])).toContain('0 notes, 1 s');
  });
});
