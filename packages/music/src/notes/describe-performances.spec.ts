import { describePerformances } from './describe-performances.js';

describe('describePerformances', () => {
  it('counts notes, lengths, pitch classes, velocities and times between onsets', () => {
    const note = { pitch: 60, velocity: 21 };
    const statistics = describePerformances([
      [
        { ...note, startStep: 0, endStep: 100 },
        { ...note, startStep: 0, endStep: 50, pitch: 67 },
        { ...note, startStep: 100, endStep: 200, pitch: 72, velocity: 5 },
      ],
      [],
      [{ ...note, startStep: 0, endStep: 50, pitch: 55, velocity: 125 }],
    ]);
    expect(statistics).toEqual([
      { name: 'notes a second', value: 4 / 2.5 },
      { name: 'notes at once', value: 3 / 2.5 },
      { name: 'seconds a note', value: 3 / 4 },
      { name: 'pitch-class entropy, bits', value: 1 },
      { name: 'sounding at once', shares: { '1': 200 / 250, '2': 50 / 250 } },
      { name: 'velocity', shares: { '1 to 15': 0.25, '16 to 31': 0.5, '112 to 127': 0.25 } },
      { name: 'onset to onset', shares: { together: 0.5, '800 ms or more': 0.5 } },
    ]);
  });

  it('has classes of times without gaps', () => {
    const startSteps = [0, 1, 6, 16, 36, 76, 156];
    const notes = startSteps.map((startStep) => {
      return { startStep, endStep: startStep + 1, pitch: 60, velocity: 64 };
    });
    const shares = { '10 to 40 ms': 1 / 6, '50 to 90 ms': 1 / 6, '100 to 190 ms': 1 / 6 };
    expect(describePerformances([notes]).at(-1)).toEqual({
      name: 'onset to onset',
      shares: {
        ...shares,
        '200 to 390 ms': 1 / 6,
        '400 to 790 ms': 1 / 6,
        '800 ms or more': 1 / 6,
      },
    });
  });

  it('tells for how much of the time so many notes sound', () => {
    const chord = Array.from({ length: 9 }, (_, i) => {
      return { startStep: 20, endStep: 30, pitch: 60 + i, velocity: 64 };
    });
    const late = { startStep: 90, endStep: 100, pitch: 60, velocity: 64 };
    expect(describePerformances([[...chord, late]])[4]).toEqual({
      name: 'sounding at once',
      shares: { '0': 0.8, '1': 0.1, '8 or more': 0.1 },
    });
  });

  it('has nothing to say of nothing', () => {
    expect(
      describePerformances([])
        .slice(0, 3)
        .map((each) => 'value' in each && each.value),
    ).toEqual([0, 0, 0]);
  });
});
