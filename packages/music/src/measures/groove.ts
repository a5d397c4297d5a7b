import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { StepNote } from '../notes/note.js';

/** Steps between two places of a grid: any steady pulse has one of its halves, quarters or doubles here. */
const [FINEST, COARSEST] = [9, 18];
const DISTANCE_STEP = 0.25;
/** How far from a place of the grid an onset may be, as a share of their distance. */
const NEAR = 0.2;
/** Seconds in which the tempo and the beat are taken to be steady. */
const STEADY_SECONDS = 8;
/** Fewer onsets tell no beat. */
const FEWEST_ONSETS = 8;

/**
 * The share of onsets that are on a grid, whose places are 90 to 180 ms apart, as suits every eight seconds
 * best. Onsets at random have about 0.6: two fifths would be near any grid, and the best one is taken.
 *
 * @returns 0 to 1; `undefined` where no eight seconds have enough onsets.
 */
export function shareOnGrid(notes: readonly StepNote[]): number | undefined {
  const parts = new Map<number, number[]>();
  for (const { startStep } of notes) {
    const part = Math.floor(startStep / (STEADY_SECONDS * STEPS_PER_SECOND));
    const starts = parts.get(part);
    if (starts) starts.push(startStep);
    else parts.set(part, [startStep]);
  }
  let [near, all] = [0, 0];
  for (const starts of parts.values()) {
    if (starts.length < FEWEST_ONSETS) continue;
    near += nearBestGrid(starts);
    all += starts.length;
  }
  return all === 0 ? undefined : near / all;
}

function nearBestGrid(starts: readonly number[]): number {
  let most = 0;
  for (let distance = FINEST; distance < COARSEST; distance += DISTANCE_STEP) {
    most = Math.max(most, nearGrid(starts, distance));
  }
  return most;
}

/** The most onsets that are near a place of a grid, which may begin at any of them. */
function nearGrid(starts: readonly number[], distance: number): number {
  const offsets = starts.map((start) => start % distance);
  let most = 0;
  for (const beginning of new Set(offsets)) {
    let near = 0;
    for (const offset of offsets) {
      const apart = Math.abs(offset - beginning);
      if (Math.min(apart, distance - apart) <= NEAR * distance) near++;
    }
    most = Math.max(most, near);
  }
  return most;
}
