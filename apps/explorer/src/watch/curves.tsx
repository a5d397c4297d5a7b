import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { isDark } from '../shell/buttons.js';
import {
  type Axis,
  type DrawnRun,
  type LossUnit,
  narrowed,
  type Span,
  wholeSpan,
} from './curve-points.js';
import { CurveTip, type Pointed, shownNames } from './curve-tip.js';
import { type Curve as Drawn, drawCurve } from './draw-curve.js';
import type { Watching } from './watching.js';

const TITLES = {
  loss: 'Loss',
  learningRate: 'Learning rate',
  gradientNorm: 'Norm of the gradient',
  tokensPerSecond: 'Tokens a second',
} as const;

const LOSS_TITLES = {
  nats: 'Loss (nats a token)',
  bits: 'Loss (bits a character)',
  perplexity: 'Perplexity (a token)',
} as const satisfies Readonly<Record<LossUnit, string>>;

/** Settings of the curves. */
export interface CurvesLook {
  readonly isLog: boolean;
  readonly axis: Axis;
  readonly unit: LossUnit;
  /** Weight of the moving average that smooths losses. */
  readonly smoothing: number;
  readonly leavesOutliers: boolean;
}

/** Time in milliseconds without a change of width after which curves are resized. */
const RESIZE_MS = 120;

/** Curves of all quantities in the logs, with a common part of the horizontal axis. */
export default function Curves(props: {
  readonly watching: Watching;
  readonly look: CurvesLook;
}): JSX.Element {
  const { watching, look } = props;
  const runs = useCalmly(drawnRuns(watching));
  const zoom = useSignal<Span | undefined>(undefined);
  useEffect(() => {
    zoom.value = undefined;
  }, [look.axis]);
  const pointed = watching.pointed.value;
  const highlighted = runs.find(({ run }) => run === pointed)?.place;
  return (
    <div class="curves">
      {(Object.keys(TITLES) as (keyof typeof TITLES)[]).map((measure) => (
        <Curve key={measure} {...{ measure, runs, look, zoom, highlighted }} />
      ))}
    </div>
  );
}

/** Returns the logs of the chosen runs, with the runs' tokens per step and bits per character. */
function drawnRuns(watching: Watching): DrawnRun[] {
  const views = new Map(watching.chosen.value.map((view) => [view.name, view]));
  return watching.logs.value.map(({ run, place, entries }) => {
    const { tokensPerStep, bitsPerCharacter } = views.get(run) ?? {};
    return { run, place, entries: entries.value, tokensPerStep, bitsPerCharacter };
  });
}

function Curve(props: {
  readonly measure: keyof typeof TITLES;
  readonly runs: readonly DrawnRun[];
  readonly look: CurvesLook;
  readonly zoom: Signal<Span | undefined>;
  readonly highlighted: number | undefined;
}): JSX.Element {
  const { measure, runs, look, zoom, highlighted } = props;
  const { isLog, axis, unit, smoothing, leavesOutliers } = look;
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>(undefined);
  const pointed = useSignal<Pointed | undefined>(undefined);
  const title = measure === 'loss' ? LOSS_TITLES[unit] : TITLES[measure];
  const places = runs.map(({ place }) => place);
  const span = zoom.value ?? wholeSpan(runs, axis);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const curve = drawCurve(element, {
      ...{ measure, isLog, places },
      scales: { axis, unit },
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
  }, [places.join(), isLog, axis, unit, isDark.value]);
  useEffect(
    () => inOwnFrame(() => drawn.current?.show({ runs, span, smoothing, leavesOutliers })),
    [runs, span.from, span.to, look, isDark.value],
  );
  useEffect(() => inOwnFrame(() => drawn.current?.highlight(highlighted)), [highlighted]);
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    if (key === 'ArrowLeft' || key === 'ArrowRight')
      drawn.current?.move(key === 'ArrowLeft' ? -0.02 : 0.02);
    else if (key === '+' || key === '-')
      zoom.value = narrowed(span, pointed.peek()?.at, key === '+' ? 0.5 : 2, wholeSpan(runs, axis));
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
        aria-label={`${title} of ${shownNames(runs)}; arrow keys move, + and − zoom, Escape shows the whole`}
        onKeyDown={onKeyDown}
      >
        <CurveTip {...{ measure, runs, scales: look, pointed, highlighted }} />
      </div>
    </figure>
  );
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

/**
 * Returns the runs to draw. Logs that have grown are updated together after 2 seconds; added and removed runs are
 * updated at once.
 */
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
