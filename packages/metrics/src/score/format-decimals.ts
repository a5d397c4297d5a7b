/** Decimals beyond those asked for that tell a tie from its neighbours among 64-bit numbers. */
const EXACT_DECIMALS = 30;

/**
 * A number with a fixed count of decimals, as Python prints it: a tie goes to the even digit, where
 * `toFixed` goes up. `12.25` with one decimal is `12.2`.
 */
export function formatDecimals(value: number, decimals: number): string {
  const rounded = value.toFixed(decimals);
  const exact = value.toFixed(decimals + EXACT_DECIMALS);
  const cut = exact.slice(0, exact.length - EXACT_DECIMALS);
  const isTie = exact.slice(cut.length) === '5'.padEnd(EXACT_DECIMALS, '0');
  const lastDigit = cut.replace(/\D/g, '').at(-1);
  return isTie && Number(lastDigit) % 2 === 0 ? cut.replace(/\.$/, '') : rounded;
}
