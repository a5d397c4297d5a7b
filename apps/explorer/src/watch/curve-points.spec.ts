import {
  lossIn,
  narrowed,
  pointsOf,
  smoothed,
  usualRange,
  valueAt,
  wholeSpan,
} from './curve-points.js';

const RUN = {
  run: 'book',
  place: 0,
  entries: [
    { step: 2, loss: 3, elapsedSeconds: 7 },
    { step: 4, validationLoss: 2.5, elapsedSeconds: 9 },
    { step: 4, loss: 2, learningRate: 0.5 },
  ],
};
const SCALES = { axis: 'step', unit: 'nats' } as const;

describe('pointsOf', () => {
  it('leaves out entries without the quantity or the position', () => {
    expect(pointsOf(RUN, 'loss', SCALES)).toEqual({ at: [2, 4], values: [3, 2] });
    expect(pointsOf(RUN, 'validationLoss', SCALES)).toEqual({ at: [4], values: [2.5] });
    const byTime = { ...SCALES, axis: 'elapsedSeconds' } as const;
    expect(pointsOf(RUN, 'loss', byTime)).toEqual({ at: [7], values: [3] });
  });

  it('counts tokens if the size of a step is known, and is empty otherwise', () => {
    const byTokens = { ...SCALES, axis: 'tokens' } as const;
    const sized = { ...RUN, tokensPerStep: 32 };
    expect(pointsOf(sized, 'loss', byTokens)).toEqual({ at: [64, 128], values: [3, 2] });
    expect(pointsOf(RUN, 'loss', byTokens)).toEqual({ at: [], values: [] });
  });

  it('converts losses, and no other quantity', () => {
    const scales = { ...SCALES, unit: 'perplexity' } as const;
    expect(pointsOf(RUN, 'loss', scales).values).toEqual([Math.exp(3), Math.exp(2)]);
    expect(pointsOf(RUN, 'learningRate', scales).values).toEqual([0.5]);
    expect(pointsOf(RUN, 'loss', { ...SCALES, unit: 'bits' })).toEqual({ at: [], values: [] });
  });
});

describe('lossIn', () => {
  it('converts nats per token to bits per character by the factor of the run', () => {
    expect(lossIn('bits', 6, 0.5)).toBe(3);
    expect(lossIn('bits', 6, undefined)).toBeUndefined();
    expect(lossIn('nats', 6, undefined)).toBe(6);
  });
});

describe('smoothed', () => {
  it('is the weighted mean of the values so far, whose weights fall geometrically', () => {
    const values = [5, 1, 4, 2];
    const { values: means } = smoothed({ at: [1, 2, 3, 4], values }, 0.6);
    const expected = values.map((_, end) => {
      const weights = values.slice(0, end + 1).map((__, i) => 0.6 ** (end - i));
      const sum = weights.reduce((total, weight, i) => total + weight * (values[i] ?? NaN), 0);
      return sum / weights.reduce((total, weight) => total + weight, 0);
    });
    means.forEach((mean, i) => expect(mean).toBeCloseTo(expected[i] ?? NaN, 12));
  });

  it('starts at the first value, keeps a constant, and skips what is not finite', () => {
    expect(smoothed({ at: [1, 2], values: [3, 3] }, 0.99).values[0]).toBeCloseTo(3, 12);
    const { values } = smoothed({ at: [1, 2, 3], values: [3, Infinity, 3] }, 0.9);
    expect(values[1]).toBe(Infinity);
    expect(values[2]).toBeCloseTo(3, 12);
    expect(smoothed({ at: [1, 2], values: [8, 2] }, 0).values).toEqual([8, 2]);
  });
});

describe('usualRange', () => {
  it('leaves out the twentieth of the values at each end', () => {
    const values = Array.from({ length: 101 }, (_, i) => i);
    const curve = { at: values, values: [...values.slice(0, 100), 1e9] };
    expect(usualRange([curve], { from: 0, to: 100 })).toEqual([5, 95]);
    expect(usualRange([curve], { from: 0, to: 20 })).toEqual([1, 19]);
    expect(usualRange([{ at: [], values: [] }], { from: 0, to: 1 })).toBeUndefined();
  });
});

describe('valueAt', () => {
  it('gives the value at the nearest position that has one', () => {
    const at = (place: number) => valueAt(RUN, 'loss', SCALES, place);
    expect([0, 2, 2.9, 3.1, 4, 99].map(at)).toEqual([3, 3, 3, 2, 2, 2]);
    expect(valueAt(RUN, 'validationLoss', { ...SCALES, unit: 'perplexity' }, 0)).toBe(
      Math.exp(2.5),
    );
    expect(valueAt(RUN, 'learningRate', { ...SCALES, unit: 'bits' }, 0)).toBe(0.5);
    expect(valueAt(RUN, 'gradientNorm', SCALES, 3)).toBeUndefined();
  });
});

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
