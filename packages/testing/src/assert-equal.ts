/**
 * Two values are the same as JSON.
 *
 * @param name - What is compared, for the message.
 * @throws Error with both.
 */
export function assertEqual(name: string, actual: unknown, expected: unknown): void {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== e) throw new Error(`${name}: expected ${e}, got ${a}`);
}
