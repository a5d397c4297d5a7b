import { drawScore } from './piano-roll.js';
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

it('has a line at each bar, as long as its time signature', () => {
  const lines = [...drawScore(score).matchAll(/M([\d.]+) 0V/g)].map(([, x]) => Number(x));
  expect(lines).toEqual([0, 72, 144]);
});

it('draws silence', () => {
  expect(drawScore({ ...score, parts: [] })).toContain('0 parts, 0 notes, 1 bar<');
});
