import { attentionMap, shadesOf } from './attention-map.js';

describe('shadesOf', () => {
  const weights = [0.5, 0.25, null, 0.125];

  it('are the weights, and 0 for tokens that the mask hides', () => {
    expect([...shadesOf(weights, {})]).toEqual([0.5, 0.25, 0, 0.125]);
  });

  it('have the full colour for the largest weight of the row', () => {
    expect([...shadesOf(weights, { isByRow: true })]).toEqual([1, 0.5, 0, 0.25]);
  });

  it('leave out the first token, also as the largest weight', () => {
    expect([...shadesOf(weights, { hidesFirst: true })]).toEqual([0, 0.25, 0, 0.125]);
    expect([...shadesOf(weights, { hidesFirst: true, isByRow: true })]).toEqual([0, 1, 0, 0.5]);
  });

  it('are 0 for a row without weights', () => {
    expect([...shadesOf([1], { hidesFirst: true, isByRow: true })]).toEqual([0]);
  });
});

describe('attentionMap', () => {
  it('has a cell for each weight of a short prompt', () => {
    expect(attentionMap([Float32Array.of(1, 0), Float32Array.of(0.6, 0.4)], 8, {})).toEqual([
      255, 0, 153, 102,
    ]);
  });

  it('has the largest shade of the weights under a cell', () => {
    const rows = [
      [1, null, null, null],
      [0.2, 0.8, null, null],
      [0.1, 0.1, 0.8, null],
      [0, 0.4, 0, 0.6],
    ];
    expect(attentionMap(rows, 2, {})).toEqual([255, 0, 102, 204]);
    expect(attentionMap(rows, 2, { hidesFirst: true, isByRow: true })).toEqual([255, 0, 170, 255]);
  });

  it('covers every row and column of a length that the cells do not divide', () => {
    const diagonal = Array.from({ length: 7 }, (_, i) =>
      Float32Array.from({ length: 7 }, (__, j) => Number(i === j)),
    );
    expect(attentionMap(diagonal, 3, {})).toEqual([255, 0, 0, 0, 255, 0, 0, 0, 255]);
  });
});
