import { shownValue } from '@ramble/core/files';

import { FAMILIES, FAMILY_PROGRAMS } from '../score/instruments.js';
import { DRUMS } from '../score/score.js';
import { ALL_PROGRAMS } from './remi-settings.js';

/**
 * The programs that a setting names: `all`, or a list of families, drums, numbers and ranges of numbers:
 * `drums,bass,piano`, `0-7,33`.
 *
 * @param name - Name of the setting, for the error.
 * @returns programs in ascending order, `DRUMS` last.
 * @throws RangeError when it names none.
 */
export function parseTracks(name: string, text: string): readonly number[] {
  if (text === 'all') return ALL_PROGRAMS;
  const programs = new Set(text.split(',').flatMap((part) => programsOf(name, part.trim())));
  return ALL_PROGRAMS.filter((program) => programs.has(program));
}

function programsOf(name: string, part: string): readonly number[] {
  if (part === 'drums') return [DRUMS];
  const family = (FAMILIES as readonly string[]).indexOf(part);
  const match = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part);
  const first = family < 0 ? Number(match?.[1]) : family * FAMILY_PROGRAMS;
  const last = family < 0 ? Number(match?.[2] ?? match?.[1]) : first + FAMILY_PROGRAMS - 1;
  if (!(first <= last && last < ALL_PROGRAMS.length - 1)) {
    throw new RangeError(
      `${name}: expected all, or a list of drums, ${FAMILIES.join(', ')} and numbers from 0 to 127 ` +
        `such as drums,bass,0-5, got ${shownValue(part)}`,
    );
  }
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
