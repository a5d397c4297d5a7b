import { END } from '../events/event-ids.js';
import { TEMPO_RANGE } from './estimate-tempo.js';

/** What can be asked of a performance, as a model with controls learns it. */
export interface Controls {
  /** Notes a second. */
  readonly density?: number;
  /** Beats a minute. */
  readonly tempo?: number;
}

/** The classes of a control: each reaches up to the next one's start, the first also below, the last above. */
interface ControlKind {
  readonly name: keyof Controls;
  readonly starts: readonly number[];
  readonly unit: string;
}

/** Classes of tempo in an octave. */
const TEMPOS_IN_AN_OCTAVE = 6;
const [SLOWEST, FASTEST] = TEMPO_RANGE;

/** The controls in the order in which they stand before a piece. */
const KINDS: readonly ControlKind[] = [
  { name: 'density', starts: [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20], unit: 'notes a second' },
  {
    name: 'tempo',
    starts: Array.from(
      { length: Math.ceil(TEMPOS_IN_AN_OCTAVE * Math.log2(FASTEST / SLOWEST)) },
      (_, i) => SLOWEST * 2 ** (i / TEMPOS_IN_AN_OCTAVE),
    ),
    unit: 'beats a minute',
  },
];

const FIRST_ID = END + 1;

/** Number of ids, including those of events and the end. */
export const CONTROLLED_IDS = KINDS.reduce((sum, { starts }) => sum + starts.length, FIRST_ID);

/** The ids that ask for controls; what is not given has none. */
export function controlIds(controls: Controls): number[] {
  const ids: number[] = [];
  let first = FIRST_ID;
  for (const { name, starts } of KINDS) {
    const value = controls[name];
    if (value !== undefined) {
      ids.push(first + Math.max(0, starts.filter((start) => start <= value).length - 1));
    }
    first += starts.length;
  }
  return ids;
}

/**
 * Refuses controls where a model has not learned them.
 *
 * @throws RangeError that names the first of them.
 */
export function refuseControls(controls: Controls): void {
  const asked = KINDS.find(({ name }) => controls[name] !== undefined);
  if (!asked) return;
  throw new RangeError(
    `${asked.name}: expected a model that was trained with controls, got one without`,
  );
}

/**
 * Describes the id of a control for people: `density 4 to 5 notes a second`.
 *
 * @returns `undefined` for one that is none.
 */
export function describeControl(id: number): string | undefined {
  let first = FIRST_ID;
  for (const { name, starts, unit } of KINDS) {
    const index = id - first;
    if (index >= 0 && index < starts.length) return `${name} ${classOf(starts, index)} ${unit}`;
    first += starts.length;
  }
  return undefined;
}

/** A class in words: `4 to 5`. */
function classOf(starts: readonly number[], index: number): string {
  const start = Math.round(starts[index]);
  return index + 1 < starts.length
    ? `${start} to ${Math.round(starts[index + 1])}`
    : `${start} or more`;
}
