import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { Measured } from './bucket-points.js';
import { type DrawnRun, plotCurve } from './plot-curve.js';
import type { RunLog } from './run-log.js';
import { useCalmly } from './use-calmly.js';

const TITLES: Readonly<Record<Measured, string>> = {
  loss: 'Loss',
  learningRate: 'Learning rate',
  gradientNorm: 'Norm of the gradient',
  tokensPerSecond: 'Tokens a second',
};

interface CurveStyle {
  readonly isLog: boolean;
  readonly byTime: boolean;
}

/** Curves of all quantities that logs have. */
export default function Curves(
  props: CurveStyle & { readonly logs: readonly RunLog[] },
): JSX.Element {
  const { logs, ...style } = props;
  const runs = useCalmly(logs.map(({ run, entries }) => ({ run, entries: entries.value })));
  return (
    <div class="curves">
      {(Object.keys(TITLES) as Measured[]).map((measure) => (
        <Curve key={measure} {...style} measure={measure} runs={runs} />
      ))}
    </div>
  );
}

function Curve(
  props: CurveStyle & { readonly measure: Measured; readonly runs: readonly DrawnRun[] },
): JSX.Element {
  const { measure, runs, isLog, byTime } = props;
  const box = useRef<HTMLDivElement>(null);
  const title = TITLES[measure];
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let width = 0;
    const observer = new ResizeObserver(() => {
      if (width === element.clientWidth) return;
      width = element.clientWidth;
      element.replaceChildren(plotCurve(runs, { measure, title, isLog, byTime, width }));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [runs, isLog, byTime]);
  return (
    <figure class={`curve-figure curve-${measure}`}>
      <figcaption>{title}</figcaption>
      <div ref={box} class="curve-box" />
    </figure>
  );
}
