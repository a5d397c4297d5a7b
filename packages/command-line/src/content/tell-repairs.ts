import type { Output } from '../verb/output.js';

/** Makes a callback that warns about repairs of damaged files. */
export function tellRepairs({ warn }: Pick<Output, 'warn'>): (repair: string) => void {
  return (repair) => void warn(`repaired: ${repair}`);
}
