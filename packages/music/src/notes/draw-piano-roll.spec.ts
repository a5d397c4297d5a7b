import { drawPianoRoll } from '../score/piano-roll.js';

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
