import { narrowed, wholeSpan } from './zoom-span.js';

const WHOLE = { from: 0, to: 100 };

describe('wholeSpan', () => {
  it('spans the first entry of all runs to the last', () => {
    const runs = [
      { run: 'a', place: 0, entries: [{ step: 5 }, { step: 9, elapsedSeconds: 3 }] },
      { run: 'b', place: 1, entries: [] },
      { run: 'c', place: 2, entries: [{ step: 2 }, { step: 7, elapsedSeconds: 4 }, { step: 8 }] },
    ];
    expect(wholeSpan(runs, 'step')).toEqual({ from: 2, to: 9 });
    expect(wholeSpan(runs, 'elapsedSeconds')).toEqual({ from: 3, to: 4 });
    const sized = runs.map((run) => ({ ...run, tokensPerStep: 10 }));
    expect(wholeSpan(sized, 'tokens')).toEqual({ from: 20, to: 90 });
  });

  it('is never empty', () => {
    expect(wholeSpan([], 'step')).toEqual({ from: 0, to: 1 });
    expect(wholeSpan([{ run: 'a', place: 0, entries: [{ step: 5 }] }], 'step')).toEqual({
      from: 5,
      to: 6,
    });
  });
});

describe('narrowed', () => {
  it('keeps the centre of the zoom in place', () => {
    expect(narrowed(WHOLE, 20, 0.5, WHOLE)).toEqual({ from: 10, to: 60 });
    expect(narrowed(WHOLE, undefined, 0.5, WHOLE)).toEqual({ from: 25, to: 75 });
  });

  it('ends at the whole', () => {
    expect(narrowed({ from: 10, to: 60 }, 50, 1.5, WHOLE)).toEqual({ from: 0, to: 65 });
    expect(narrowed({ from: 10, to: 60 }, 20, 3, WHOLE)).toBeUndefined();
  });
});
