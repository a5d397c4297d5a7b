import { type ReadonlySignal, type Signal, useSignal } from '@preact/signals';
import type { LogEntry } from '@ramble/runs';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { isDark } from '../shell/buttons.js';
import { formatSeconds, formatValue } from '../state/format.js';
import { colourClass, type Measured, type Span, type Time } from './column-values.js';
import {
  type Curve as Drawn,
  drawCurve,
  type DrawnRun,
  narrowed,
  wholeSpan,
} from './draw-curve.js';
import type { RunLog } from './watching.js';

const TITLES = {
  loss: 'Loss',
  learningRate: 'Learning rate',
  gradientNorm: 'Norm of the gradient',
  tokensPerSecond: 'Tokens a second',
} as const;

/** Time in milliseconds without a change of width after which curves are resized. */
const RESIZE_MS = 120;

/** Curves of all quantities in the logs, with a common part of the horizontal axis. */
export default function Curves(props: {
  readonly logs: readonly RunLog[];
  readonly isLog: boolean;
  readonly time: Time;
}): JSX.Element {
  const { logs, isLog, time } = props;
  const runs = useCalmly(logs.map(({ run, entries }) => ({ run, entries: entries.value })));
  const zoom = useSignal<Span | undefined>(undefined);
  useEffect(() => {
    zoom.value = undefined;
  }, [time]);
  return (
    <div class="curves">
      {(Object.keys(TITLES) as (keyof typeof TITLES)[]).map((measure) => (
        <Curve key={measure} measure={measure} runs={runs} isLog={isLog} time={time} zoom={zoom} />
      ))}
    </div>
  );
}

function Curve(props: {
  readonly measure: keyof typeof TITLES;
  readonly runs: readonly DrawnRun[];
  readonly isLog: boolean;
  readonly time: Time;
  readonly zoom: Signal<Span | undefined>;
}): JSX.Element {
  const { measure, runs, isLog, time, zoom } = props;
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>(undefined);
  const pointed = useSignal<Pointed | undefined>(undefined);
  const title = TITLES[measure];
  const count = runs.length;
  const span = zoom.value ?? wholeSpan(runs, time);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const curve = drawCurve(element, {
      measure,
      isLog,
      time,
      count,
      onPoint: (at, left) => {
        const isHere = element.matches(':hover, :focus');
        pointed.value = at === undefined || !isHere ? undefined : { at, left };
      },
      onZoom: (part) => (zoom.value = part),
    });
    drawn.current = curve;
    let width = element.clientWidth;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new ResizeObserver(() => {
      if (width === element.clientWidth) return;
      width = element.clientWidth;
      clearTimeout(timer);
      // Until then the style sheet stretches the picture.
      timer = setTimeout(() => inOwnFrame(() => curve.resize(width)), RESIZE_MS);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      clearTimeout(timer);
      curve.remove();
    };
  }, [count, isLog, time, isDark.value]);
  useEffect(
    () => inOwnFrame(() => drawn.current?.show(runs, span)),
    [runs, span.from, span.to, isLog, time, isDark.value],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    if (key === 'ArrowLeft' || key === 'ArrowRight')
      drawn.current?.move(key === 'ArrowLeft' ? -0.02 : 0.02);
    else if (key === '+' || key === '-')
      zoom.value = narrowed(span, pointed.peek()?.at, key === '+' ? 0.5 : 2, wholeSpan(runs, time));
    else if (key === 'Escape') zoom.value = undefined;
    else return;
    event.preventDefault();
  };
  return (
    <figure class={`curve-figure curve-${measure}`}>
      <figcaption>{title}</figcaption>
      <div
        ref={box}
        class="curve-box"
        tabIndex={0}
        role="group"
        aria-label={`${title} of ${runs.map(({ run }) => run).join(', ')}; arrow keys move, + and − zoom, Escape shows the whole`}
        onKeyDown={onKeyDown}
      >
        <CurveTip measure={measure} runs={runs} time={time} pointed={pointed} />
      </div>
    </figure>
  );
}

/** Value on the horizontal axis under the pointer, and the pointer's position in CSS pixels. */
interface Pointed {
  readonly at: number;
  readonly left: number;
}

/** The values of all runs at the time under the pointer. */
function CurveTip(props: {
  readonly measure: Measured;
  readonly runs: readonly DrawnRun[];
  readonly time: Time;
  readonly pointed: ReadonlySignal<Pointed | undefined>;
}): JSX.Element | null {
  const { measure, runs, time, pointed } = props;
  if (!pointed.value) return null;
  const { at, left } = pointed.value;
  const values = runs.flatMap(({ run, entries }, place) => {
    const found = nearest(entries, measure, time, at);
    return found?.[measure] === undefined ? [] : [{ run, place, value: found[measure] }];
  });
  values.sort((a, b) => b.value - a.value);
  return (
    <div class="curve-tip" style={{ '--left': `${left}px` }} role="status">
      <p>
        {time === 'step'
          ? `Step ${Math.round(at).toLocaleString('en')}`
          : `After ${formatSeconds(at)}`}
      </p>
      <ul>
        {values.map(({ run, place, value }) => (
          <li key={run} class={colourClass(place)}>
            <b>{formatValue(value)}</b> {run}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Returns the entry with the quantity whose time is nearest. */
function nearest(
  entries: readonly LogEntry[],
  measure: Measured,
  time: Time,
  at: number,
): LogEntry | undefined {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.[time] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const seek = (first: number, step: number) => {
    let i = first;
    while (entries[i] && entries[i]?.[measure] === undefined) i += step;
    return entries[i];
  };
  const [before, after] = [seek(low - 1, -1), seek(low, 1)];
  const distance = (entry?: LogEntry) => Math.abs((entry?.[time] ?? Infinity) - at);
  return distance(before) <= distance(after) ? before : after;
}

const waiting: (() => void)[] = [];

/**
 * Runs a function in a separate frame, so that simultaneous changes of pictures do not block a frame.
 *
 * @returns a function that cancels the call if it has not run yet.
 */
function inOwnFrame(act: () => void): () => void {
  waiting.push(act);
  if (waiting.length === 1) requestAnimationFrame(next);
  return () => {
    const place = waiting.indexOf(act);
    if (place >= 0) waiting[place] = () => undefined;
  };
}

function next(): void {
  waiting[0]?.();
  waiting.shift();
  if (waiting.length > 0) requestAnimationFrame(next);
}

/** Interval in milliseconds for redrawing curves, for any number of growing logs. */
const EVERY_MS = 2000;

/** Returns the logs to draw, which change together instead of whenever one grows. */
function useCalmly(runs: readonly DrawnRun[]): readonly DrawnRun[] {
  const [drawn, setDrawn] = useState(runs);
  const newest = useRef(runs);
  newest.current = runs;
  const isFirst = runs.some(({ run, entries }) => {
    const before = drawn.find((it) => it.run === run);
    return before === undefined || (before.entries.length === 0 && entries.length > 0);
  });
  const isGone = drawn.length > runs.length;
  const hasGrown = runs.some(({ entries }, i) => entries !== drawn[i]?.entries);
  const isUrgent = isFirst || isGone;
  useEffect(() => {
    if (!isUrgent && !hasGrown) return;
    const timer = setTimeout(() => setDrawn(newest.current), isUrgent ? 0 : EVERY_MS);
    return () => clearTimeout(timer);
  }, [isUrgent, hasGrown]);
  return drawn;
}
