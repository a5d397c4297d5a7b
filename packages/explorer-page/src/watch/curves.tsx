import type { LogEntry } from '@ramble/runs';
import * as Plot from '@observablehq/plot';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { formatValue } from '../state/format.js';
import { RUN_COLOURS } from './run-colours.js';
import type { RunLog } from './run-log.js';

/** A picture: what it measures, and how. */
interface Measure {
  readonly name: 'loss' | 'learningRate' | 'gradientNorm' | 'tokensPerSecond';
  readonly title: string;
}

const MEASURES: readonly Measure[] = [
  { name: 'loss', title: 'Loss' },
  { name: 'learningRate', title: 'Learning rate' },
  { name: 'gradientNorm', title: 'Norm of the gradient' },
  { name: 'tokensPerSecond', title: 'Tokens a second' },
];
/** Share of the points that a smoothed one is the mean of. */
const SMOOTHING = 1 / 30;

/** Curves of all measures; the loss is pale, smoothed in colour, and dotted where it is validated. */
export default function Curves(props: {
  readonly logs: readonly RunLog[];
  readonly isLog: boolean;
  readonly byTime: boolean;
}): JSX.Element {
  const logs = props.logs.map(({ run, entries }) => ({ run, entries: entries.value }));
  return (
    <div class="curves">
      {MEASURES.map((measure) => (
        <Curve key={measure.name} {...props} measure={measure} logs={logs} />
      ))}
    </div>
  );
}

interface Drawn {
  readonly run: string;
  readonly entries: readonly LogEntry[];
}

function Curve(props: {
  readonly measure: Measure;
  readonly logs: readonly Drawn[];
  readonly isLog: boolean;
  readonly byTime: boolean;
}): JSX.Element {
  const { measure, logs, isLog, byTime } = props;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const draw = () =>
      element.replaceChildren(plot(measure, logs, isLog, byTime, element.clientWidth));
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [...logs.map(({ entries }) => entries), logs.length, isLog, byTime]);
  return (
    <figure class={`curve-figure curve-${measure.name}`}>
      <figcaption>{measure.title}</figcaption>
      <div ref={box} class="curve-box" />
    </figure>
  );
}

function plot(
  { name, title }: Measure,
  logs: readonly Drawn[],
  isLog: boolean,
  byTime: boolean,
  width: number,
): Element {
  const isLoss = name === 'loss';
  const x = byTime ? 'elapsedSeconds' : 'step';
  const marks = logs.flatMap(({ run, entries }, i): Plot.Markish[] => {
    const stroke = RUN_COLOURS[i % RUN_COLOURS.length];
    const measured = entries.filter((entry) => entry[name] !== undefined);
    const line = { x, y: name, stroke };
    const k = Math.max(1, Math.round(measured.length * SMOOTHING));
    const tip = Plot.tip(measured, Plot.pointerX({ x, y: name, title: titleOf(run, name) }));
    if (!isLoss) return [Plot.lineY(measured, { ...line, strokeWidth: 1.4 }), tip];
    const validated = entries.filter(({ validationLoss }) => validationLoss !== undefined);
    return [
      Plot.lineY(measured, { ...line, strokeOpacity: 0.28, strokeWidth: 1 }),
      Plot.lineY(measured, Plot.windowY({ k, ...line, strokeWidth: 1.8 })),
      Plot.lineY(validated, { ...line, y: 'validationLoss', strokeDasharray: '4 3' }),
      Plot.dot(validated, { ...line, y: 'validationLoss', fill: stroke, r: 2.6 }),
      tip,
    ];
  });
  const picture = Plot.plot({
    className: 'plot',
    width: Math.max(260, width),
    height: isLoss ? 300 : 190,
    marginLeft: 56,
    x: { label: byTime ? 'seconds' : 'step', nice: true },
    y: {
      label: null,
      grid: true,
      nice: true,
      ...(isLoss && isLog ? { type: 'log' } : {}),
      zero: !isLoss,
    },
    ariaLabel: `${title} of ${logs.map(({ run }) => run).join(', ')}`,
    marks,
  });
  // The page's own style sheet has these rules: its policy allows no style inside a picture.
  for (const style of picture.querySelectorAll('style')) style.remove();
  // A picture is one thing to a screen reader, and its parts have no names of their own.
  for (const part of picture.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  picture.setAttribute('role', 'img');
  return picture;
}

function titleOf(run: string, name: Measure['name']): (entry: LogEntry) => string {
  return (entry) => `${run}\nstep ${entry.step}: ${formatValue(entry[name] ?? 0)}`;
}
