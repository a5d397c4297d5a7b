/** A number of things: `1 step`, `2,000 steps`. */
export function counted(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count.toLocaleString('en-US')} ${thing}s`;
}
