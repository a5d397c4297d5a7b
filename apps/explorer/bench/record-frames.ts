import type { Browser, Page } from 'playwright-core';

/** Smoothness of a page's frames. */
export interface Smoothness {
  readonly framesPerSecond: number;
  /** Median time between two frames in milliseconds. */
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** Number of tasks of the page's main thread that took more than 50 ms. */
  readonly longTasks: number;
  readonly longestTaskMs: number;
  /** Maximum processor time of a task in milliseconds, which hardly depends on the machine's load. */
  readonly mostProcessorMs: number;
}

/** An event of Chromium's trace; times are in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Records the frames and the tasks of a page during an action. */
export async function recordFrames(page: Page, act: () => Promise<void>): Promise<Smoothness> {
  const browser = page.context().browser() as Browser; // only a persistent context has none
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await page.evaluate(() => {
    const frames: number[] = [];
    Object.assign(globalThis, { frames });
    requestAnimationFrame(function onFrame(time) {
      frames.push(time);
      requestAnimationFrame(onFrame);
    });
  });
  await act();
  const frames = await page.evaluate(() => (globalThis as unknown as { frames: number[] }).frames);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  const times = frames.slice(1).map((time, i) => time - (frames[i] ?? time));
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const sum = sorted.reduce((total, time) => total + time, 0);
  const tasks = tasksIn(traceEvents);
  return {
    framesPerSecond: round((1000 * sorted.length) / sum),
    medianMs: round(at(0.5)),
    p99Ms: round(at(0.99)),
    longestMs: round(at(1)),
    longTasks: tasks.filter(({ dur = 0 }) => dur > 50_000).length,
    longestTaskMs: round(Math.max(0, ...tasks.map(({ dur = 0 }) => dur)) / 1000),
    mostProcessorMs: round(Math.max(0, ...tasks.map(({ tdur = 0 }) => tdur)) / 1000),
  };
}

/** Returns the tasks of the main threads of pages, except the tasks that answer this program (DevTools). */
function tasksIn(events: readonly TraceEvent[]): TraceEvent[] {
  const pages = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ tid }) => tid),
  );
  const ofPages = events.filter(({ tid }) => pages.has(tid));
  const devtools = ofPages.filter(({ args }) => JSON.stringify(args).includes('DevToolsSession'));
  return ofPages.filter(
    ({ name, ts, dur = 0 }) =>
      name.endsWith('RunTask') && !devtools.some((event) => event.ts >= ts && event.ts <= ts + dur),
  );
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
