import {
  CHART_COLOURS,
  type Figure,
  type Line,
  type PageHead,
  reportPage,
} from '@ramble/explorer/pages';

import { settingWords } from '../../verb/flag.js';
import { BEGINNINGS, type CurveBeginning, type CurvePoint } from './curve-store.js';

const COLOURS: Readonly<Record<CurveBeginning, string>> = {
  random: CHART_COLOURS.first,
  pretrained: CHART_COLOURS.second,
};

/**
 * Returns an HTML page with a learning curve: the loss and, if outputs are scored, a score, over the percentage of
 * the data. It is one file, without scripts.
 */
export function curvePage(
  points: readonly CurvePoint[],
  { title, subtitle, settings }: Pick<PageHead, 'title' | 'subtitle'> & { settings: object },
): string {
  const name = points.at(-1)?.scores?.[0]?.name;
  const scoreOf = ({ scores }: Pick<CurvePoint, 'scores'>): number | undefined =>
    scores?.[0]?.score;
  const lossOf = ({ loss }: CurvePoint): number => loss;
  return reportPage({
    title,
    subtitle,
    facts: factsOf(points, name === undefined ? lossOf : scoreOf, name ?? 'loss'),
    figures: [
      ...(name === undefined ? [] : [figure(name, points, scoreOf, bestBaseline(points))]),
      figure('loss', points, lossOf),
    ],
    samples: [],
    settings: {
      ...(name !== undefined && { [name]: { chosen: rows(points, scoreOf, 2) } }),
      loss: { chosen: rows(points, lossOf, 4) },
      Settings: { chosen: settingWords(settings) },
    },
  });
}

type ValueOf = (point: CurvePoint) => number | undefined;

function figure(
  title: string,
  points: readonly CurvePoint[],
  valueOf: ValueOf,
  below?: Line,
): Figure {
  const shares = [...new Set(points.map(({ share }) => share))];
  const own = (['random', 'pretrained'] as const).map((beginning) => ({
    name: BEGINNINGS[beginning],
    colour: COLOURS[beginning],
    dots: true,
    points: points
      .filter((point) => point.beginning === beginning)
      .map((point) => ({ x: point.share, y: valueOf(point) ?? NaN })),
  }));
  const lines = [...own.filter((line) => line.points.length > 0), ...(below ? [below] : [])];
  return { title, lines, xLabel: 'percent of the data', yLabel: title, xTicks: shares };
}

/**
 * Returns the baseline with the highest score as a horizontal line. Baselines have the same score at every fraction of
 * the data.
 */
function bestBaseline(points: readonly CurvePoint[]): Line | undefined {
  const scored = (points.at(-1)?.baselines ?? []).map(({ name, scores }) => ({
    name,
    y: scores[0].score,
  }));
  const best = scored.reduce<(typeof scored)[number] | undefined>(
    (a, b) => (a && a.y >= b.y ? a : b),
    undefined,
  );
  const shares = points.map(({ share }) => share);
  return (
    best && {
      name: best.name,
      colour: CHART_COLOURS.faint,
      points: [Math.min(...shares), Math.max(...shares)].map((x) => ({ x, y: best.y })),
    }
  );
}

function rows(
  points: readonly CurvePoint[],
  valueOf: ValueOf,
  digits: number,
): Record<string, string> {
  return Object.fromEntries(
    points.map((point) => [
      `${point.share} %, ${BEGINNINGS[point.beginning]}`,
      valueOf(point)?.toFixed(digits) ?? '',
    ]),
  );
}

/** Returns the result at each fraction of the data as text. A fraction with two models has two numbers. */
function factsOf(
  points: readonly CurvePoint[],
  valueOf: ValueOf,
  name: string,
): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const point of points) {
    const fact = `${name}, ${point.share} % of the data`;
    const value = valueOf(point)?.toFixed(2) ?? '';
    facts[fact] = fact in facts ? `${facts[fact]} → ${value}` : value;
  }
  return facts;
}
