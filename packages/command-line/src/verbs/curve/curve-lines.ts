import { formatCount } from '../../format/format-number.js';
import { formatTable, type RightCell } from '../../format/format-table.js';
import type { CurveBeginning, CurvePoint } from './curve-store.js';

/** The starting points of a curve's models, in words. */
export const BEGINNINGS: Readonly<Record<CurveBeginning, string>> = {
  random: 'from random numbers',
  pretrained: 'from another model',
};

/** Formats a table: a row for each model, then a row for each baseline, with a column for each score. */
export function curveLines(points: readonly CurvePoint[]): string[] {
  const last = points.at(-1);
  const { scores: named = [], baselines = [] } = last ?? {};
  const right = (text: string): RightCell => ({ right: text });
  const scoresOf = ({ scores = [] }: Pick<CurvePoint, 'scores'>): RightCell[] =>
    scores.map(({ score }) => right(score.toFixed(2)));
  const table = formatTable([
    [right('data'), '', right('step'), right('loss'), ...named.map(({ name }) => right(name))],
    ...points.map((point) => [
      right(`${point.share} %`),
      BEGINNINGS[point.beginning],
      right(formatCount(point.step)),
      right(point.loss.toFixed(4)),
      ...scoresOf(point),
    ]),
    ...baselines.map((each) => [right(''), each.name, right(''), right(''), ...scoresOf(each)]),
  ]);
  return [...table, ...named.map(({ name, signature }) => `${name}|${signature}`)];
}
