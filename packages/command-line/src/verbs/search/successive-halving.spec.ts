import {
  equalUnits,
  halve,
  planUnits,
  rungSizes,
  searchRows,
  stepsOf,
  type Trial,
} from './successive-halving.js';

describe('rungSizes', () => {
  it.each([
    [8, 2, [8, 4, 2, 1]],
    [9, 3, [9, 3, 1]],
    [5, 2, [5, 2, 1]],
    [8, 3, [8, 2]],
    [2, 4, [2]],
  ])('of %d trials and a factor of %d are %j', (trials, factor, sizes) => {
    expect(rungSizes(trials, factor)).toEqual(sizes);
  });
});

describe('planUnits', () => {
  const plan = { minutes: 10, spentSeconds: 60, sizes: [4, 2, 1], factor: 2, sharedFraction: 0.8 };
  const minUnits = [1, 1, 1, 1];
  const paces = [0.1, 0.2, 0.05, 0.4].map((step) => ({ step, loadedStep: 1.5 * step, other: 4 }));

  it('gives the trials of a rung equal minutes, and all rungs the minutes that are left', () => {
    const units = planUnits(paces, { ...plan, minUnits });
    // The rungs train for 4, 2 x 2 x 0.6 and 1 x 4 x 0.6 times the first minutes, in 1.5 times the seconds.
    const first = (600 - 60 - 7 * 4) / (1.5 * (4 + 2.4 + 2.4));
    expect(units).toEqual(paces.map(({ step }) => Math.floor(first / (5 * step))));
    for (const [i, { step }] of paces.entries()) {
      const seconds = stepsOf({ unitSteps: units[i] }, 0, 2) * step;
      expect(seconds).toBeLessThanOrEqual(first);
      expect(seconds).toBeGreaterThan(first - 5 * step);
    }
  });

  it('names the minutes that are needed', () => {
    const few = (minutes: number) => () =>
      planUnits(paces, { ...plan, minutes, minUnits: [10, 10, 10, 10] });
    const needed = (60 + 28 + 1.5 * 8.8 * 50 * 0.4) / 60;
    expect(few(1)).toThrow(
      `--minutes: expected at least ${Math.ceil(1.25 * needed * 10) / 10} for 4 trials, each with 50 steps or more in the first rung, got 1; or give fewer --trials`,
    );
    expect(few(Math.ceil(needed * 10) / 10)()[3]).toBe(10);
  });
});

describe('equalUnits', () => {
  it('rounds the steps of the last rung down', () => {
    const plan = { sizes: [4, 2, 1], factor: 2, minUnits: [1, 1, 1, 1] };
    expect(equalUnits(59, plan)).toEqual([2, 2, 2, 2]);
    expect(() => equalUnits(59, { ...plan, minUnits: [1, 1, 3, 1] })).toThrow(
      '--max-steps: expected at least 60 for 3 rungs, got 59',
    );
  });
});

/** Trains trials whose losses are given by trial and rung; `undefined` diverges. */
async function search(losses: readonly (readonly (number | undefined)[])[]) {
  const trials: Trial[] = losses.map((_, i) => ({
    ...{ number: i + 1, values: { nLayer: i }, unitSteps: 1, warmupSteps: 0 },
    ...{ schedule: 'wsd', results: [] },
  }));
  const calls: string[] = [];
  const sizes = rungSizes(losses.length, 2);
  await halve(() => trials, sizes, {
    train: ({ number }, rung) => {
      calls.push(`${number} in ${rung + 1}`);
      const value = losses[number - 1][rung];
      const score = { kind: 'bits', unit: 'byte', tokens: 7 } as const;
      const result = {
        rung,
        steps: 10,
        ...(value !== undefined && { score: { ...score, value } }),
      };
      const trial = trials[number - 1];
      trials[number - 1] = { ...trial, results: [...trial.results, result] };
      return Promise.resolve();
    },
    drop: () => Promise.resolve(),
  });
  const rows = searchRows(trials, sizes.length, ({ number }, steps) => `train ${number} ${steps}`);
  return { calls, rows: rows.map(({ trial, state }) => `${trial}: ${state}`) };
}

describe('halve', () => {
  it('promotes the best trials of each rung', async () => {
    const { calls, rows } = await search([[4], [1, 0.9], [3], [2, 0.8, 0.5]]);
    expect(calls).toEqual(['1 in 1', '2 in 1', '3 in 1', '4 in 1', '2 in 2', '4 in 2', '4 in 3']);
    expect(rows).toEqual([
      ...['4: winner', '2: halved at rung 2', '3: halved at rung 1', '1: halved at rung 1'],
    ]);
  });

  it('promotes the next best trial in place of one that diverges, which ranks last', async () => {
    const losses = [[4], [1, undefined], [3, 0.9, 0.4], [2, 0.8, undefined]];
    const { calls, rows } = await search(losses);
    expect(calls.slice(4)).toEqual(['2 in 2', '4 in 2', '3 in 2', '4 in 3', '3 in 3']);
    expect(rows).toEqual([
      ...['3: winner', '1: halved at rung 1', '4: diverged at rung 3', '2: diverged at rung 2'],
    ]);
  });

  it('promotes the first of equal trials, and says that they are equal', async () => {
    const { rows } = await search([[2], [1, 0.6, 0.4], [1, 0.7], [2]]);
    expect(rows).toEqual([
      '2: winner',
      '3: halved at rung 2',
      '1: halved at rung 1, tie',
      '4: halved at rung 1, tie',
    ]);
    const two = await search([
      [1, 0.5],
      [1, 0.5],
    ]);
    expect(two.rows).toEqual(['1: winner', '2: halved at rung 1, tie']);
  });

  it('has no winner if all trials diverge', async () => {
    const { rows } = await search([[undefined], [undefined]]);
    expect(rows).toEqual(['1: diverged at rung 1', '2: diverged at rung 1']);
  });
});
