import { formatCount } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';
import type { CurveBeginning, CurvePoint } from './curve-store.js';

/** Descriptions of the starting points of a curve's models. */
export const BEGINNINGS: Readonly<Record<CurveBeginning, string>> = {
  random: 'from random numbers',
  pretrained: 'from another model',
};

/** Formats a table: a row for each model, then a row for each baseline, with a column for each score. */
export function curveLines(points: readonly CurvePoint[]): string[] {
  const last = points.at(-1);
  const { scores: named = [], baselines = [] } = last ?? {};
  const scoresOf = ({ scores = [] }: Pick<CurvePoint, 'scores'>): string[] =>
    scores.map(({ score }) => score.toFixed(2));
  const rows = points.map((point) => {
    const { share, beginning, step, loss } = point;
    const cells = [`${share} %`, BEGINNINGS[beginning], formatCount(step), loss.toFixed(4)];
    return [...cells, ...scoresOf(point)];
  });
  const heading = ['data', '', 'step', 'loss', ...named.map(({ name }) => name)];
  const others = baselines.map((each) => ['', each.name, '', '', ...scoresOf(each)]);
  const table = formatTable([heading, ...rows, ...others], 'rlr');
  return [...table, ...named.map(({ name, signature }) => `${name}|${signature}`)];
}
