import type { Output } from '../verb/output.js';

/** What hears of a file that was read though something is wrong with it, and warns. */
export function tellRepairs({ warn }: Pick<Output, 'warn'>): (repair: string) => void {
  return (repair) => void warn(`repaired: ${repair}`);
}
