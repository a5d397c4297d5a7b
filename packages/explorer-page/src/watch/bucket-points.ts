import type { LogEntry } from '@ramble/runs';

/** A quantity of a log that curves show. */
export type Measured = 'loss' | 'learningRate' | 'gradientNorm' | 'tokensPerSecond';

/** A point of a curve. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Points of a curve, no more than a screen can show. */
export interface Buckets {
  /** The smallest and the largest value of each bucket, so that no peak is lost. */
  readonly extremes: readonly Point[];
  /** The mean of each bucket. */
  readonly means: readonly Point[];
}

/** Divides a log into buckets of steps that follow one another. */
export function bucketPoints(
  entries: readonly LogEntry[],
  measure: Measured,
  x: 'step' | 'elapsedSeconds',
  bucketCount: number,
): Buckets {
  const points = entries.flatMap((entry): Point[] => {
    const [at, value] = [entry[x], entry[measure]];
    return at === undefined || value === undefined ? [] : [{ x: at, y: value }];
  });
  const size = Math.max(1, Math.ceil(points.length / bucketCount));
  const buckets: Point[][] = [];
  for (let i = 0; i < points.length; i += size) buckets.push(points.slice(i, i + size));
  return { extremes: buckets.flatMap(extremesOf), means: buckets.map(meanOf) };
}

function extremesOf(bucket: readonly Point[]): Point[] {
  const sorted = [...bucket].sort((a, b) => a.y - b.y);
  const ends = new Set([sorted[0], sorted.at(-1)]);
  return bucket.filter((point) => ends.has(point));
}

function meanOf(bucket: readonly Point[]): Point {
  const mean = (axis: 'x' | 'y') =>
    bucket.reduce((sum, point) => sum + point[axis], 0) / bucket.length;
  return { x: mean('x'), y: mean('y') };
}
