import { formatCount } from './format-count.js';

/** A number of things: `1 step`, `2,000 steps`. */
export function counted(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${formatCount(count)} ${thing}s`;
}
