import type { JSX } from 'preact';

import {
  type Axis,
  CHART_STYLE,
  type ChartSize,
  linearAxis,
  logAxis,
  logTicks,
  RIGHT,
  round,
  Twice,
  XAxis,
  YAxis,
} from './chart.js';
import type { Line, Lines, ReportContent, ReportSample } from './contents.js';
import { Page, Settings } from './page.js';
import { SHADE_STYLE, shaded } from './tables.js';

const STYLE = `
pre { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, monospace; }
pre b { color: var(--faint); font-weight: 600; }
pre b span { color: var(--text); font-weight: 400; border-radius: .2rem; }
pre i::before { content: 'reference: '; color: var(--faint); }
.data dd { margin: 0 0 .75rem; font-size: .9rem; }
.data small { display: block; color: var(--faint); font-family: ui-monospace, monospace; }
`;

/** A page that shows a training: curves, samples, data and settings. */
export function Report(props: ReportContent): JSX.Element {
  const { figures, samples, settings, data = {}, ...head } = props;
  return (
    <Page {...head} style={STYLE + CHART_STYLE + SHADE_STYLE}>
      {figures.map(({ title, ...chart }) => (
        <>
          <h2>{title}</h2>
          <LineChart {...chart} />
        </>
      ))}
      {samples.length > 0 && <h2>Samples</h2>}
      {samples.map((sample) => (
        <Sample {...sample} />
      ))}
      <Data data={data} />
      <Settings groups={settings} />
    </Page>
  );
}

function Sample({ prompt, source, output, reference }: ReportSample): JSX.Element {
  const words = source?.map(({ word, share }) => <span {...shaded(share)}>{word}</span>);
  const shownPrompt = words ?? prompt;
  return (
    <pre>
      {shownPrompt !== undefined && (
        <>
          <b>{shownPrompt}</b>
          {'\n'}
        </>
      )}
      {output}
      {reference !== undefined && (
        <>
          {'\n'}
          <i>{reference}</i>
        </>
      )}
    </pre>
  );
}

/** The files of the training data. Paths may be long, so each has the whole width, below its name. */
function Data({ data }: Required<Pick<ReportContent, 'data'>>): JSX.Element | null {
  const files = Object.entries(data);
  if (files.length === 0) return null;
  return (
    <>
      <h2>Data</h2>
      <dl class="data">
        {files.map(([name, { path, sha256 }]) => (
          <>
            <dt>{name}</dt>
            <dd>
              {path} <small>sha256 {sha256}</small>
            </dd>
          </>
        ))}
      </dl>
    </>
  );
}

const LOG_FACTOR = 2.5;
/**
 * Minimum distances in pixels between tick labels of a linear vertical, a logarithmic vertical and a horizontal axis.
 */
const [ROW, LOG_ROW, COLUMN] = [26, 40, 80];

/** A line chart with its legend, for a telephone and for a larger window. */
export function LineChart(chart: Lines): JSX.Element {
  const named = new Map(
    chart.lines.flatMap(({ name, colour }) => (name === undefined ? [] : [[name, colour]])),
  );
  return (
    <>
      {named.size > 0 && (
        <p class="legend">
          {Array.from(named, ([name, colour]) => (
            <span>
              <i style={{ background: colour }} />
              {name}
            </span>
          ))}
        </p>
      )}
      <Twice draw={(size) => <Drawing {...chart} {...size} />} />
    </>
  );
}

function Drawing(props: Lines & ChartSize): JSX.Element {
  const { xLabel, yLabel, mayBeLog = false, width, height = 340, fontSize, xTicks } = props;
  const lines = props.lines.map((line) => ({
    ...line,
    points: line.points.filter(({ y }) => Number.isFinite(y)),
  }));
  const all = lines.flatMap(({ points }) => points);
  const [xs, ys] = [all.map(({ x }) => x), all.map(({ y }) => y)];
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const isLog = mayBeLog && low > 0 && high / low > LOG_FACTOR;
  const [left, right] = [5.5 * fontSize, width - RIGHT];
  const [top, bottom] = [2.5 * fontSize, height - 3.5 * fontSize]; // numbers, and the label below them
  const across = [left, right] as const;
  const x = xTicks
    ? logAxis(xs, across, xTicks)
    : linearAxis([0, ...xs], across, Math.floor(width / COLUMN), false);
  const up = [bottom, top] as const;
  const y = isLog
    ? logAxis(ys, up, logTicks(low, high, Math.floor(height / LOG_ROW)))
    : linearAxis(ys, up, Math.floor(height / ROW), true);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} font-size={fontSize} role="img" aria-label={yLabel}>
      <XAxis axis={x} from={top} to={bottom} label={`${xLabel} →`} end={width} size={fontSize} />
      <YAxis
        axis={y}
        from={left}
        to={right}
        label={`↑ ${yLabel}${isLog ? ', logarithmic' : ''}`}
        size={fontSize}
      />
      {lines.map((line) => (
        <Curve {...line} x={x} y={y} />
      ))}
    </svg>
  );
}

function Curve(props: Line & { readonly x: Axis; readonly y: Axis }): JSX.Element {
  const { points, colour, pale = false, dots = false, x, y } = props;
  const places = points.map((point) => [round(x.at(point.x)), round(y.at(point.y))] as const);
  return (
    <g stroke={colour} fill={colour}>
      <path
        d={`M${places.map(([left, top]) => `${left} ${top}`).join('L')}`}
        fill="none"
        stroke-width={pale ? 1 : 2}
        stroke-opacity={pale ? 0.3 : 1}
      />
      {dots && places.map(([cx, cy]) => <circle cx={cx} cy={cy} r={3} />)}
    </g>
  );
}
