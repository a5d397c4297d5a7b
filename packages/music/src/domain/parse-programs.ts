import { shownValue } from '@ramble/core/files';

const PROGRAMS = 128;

/**
 * The programs that a setting names: `all`, or numbers and ranges, `0-7,16`.
 *
 * @throws RangeError when it names none.
 */
export function parsePrograms(text: string): ReadonlySet<number> {
  if (text === 'all') return new Set(Array.from({ length: PROGRAMS }, (_, program) => program));
  const programs = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,3})(?:-(\d{1,3}))?\s*$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (!(first <= last && last < PROGRAMS)) {
      throw new RangeError(
        `programs: expected all, or numbers from 0 to 127 such as 0-7,16, got ${shownValue(text)}`,
      );
    }
    for (let program = first; program <= last; program++) programs.add(program);
  }
  return programs;
}
