import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { isDark } from '../shell/theme-switch.js';
import type { Span, Time } from './column-values.js';
import { CurveTip, type Pointed } from './curve-tip.js';
import { type Curve as Drawn, drawCurve, type DrawnRun } from './draw-curve.js';
import { inOwnFrame } from './one-a-frame.js';
import type { RunLog } from './run-log.js';
import { useCalmly } from './use-calmly.js';
import { narrowed, wholeSpan } from './zoom.js';

const TITLES = {
  loss: 'Loss',
  learningRate: 'Learning rate',
  gradientNorm: 'Norm of the gradient',
  tokensPerSecond: 'Tokens a second',
} as const;

/** Curves take another width once it has stayed the same for so long. */
const RESIZE_MS = 120;

/** Curves of all quantities that logs have; they show the same part of their horizontal axis. */
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
