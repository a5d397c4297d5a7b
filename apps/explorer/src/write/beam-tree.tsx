import type { JSX } from 'preact';

import { formatValue } from '../state/format.js';
import type { BeamStep } from './output.js';

const COLUMN = 96;
const ROW = 30;
const SHOWN_STEPS = 60;

/**
 * The beams of a search as a tree: a column for each step, the best beam at the top, the winning path in
 * colour.
 */
export default function BeamTree(props: {
  readonly steps: readonly BeamStep[];
  /** The ids of the best output, once it is known. */
  readonly best: readonly number[];
}): JSX.Element {
  const { steps, best } = props;
  const shown = steps.slice(-SHOWN_STEPS);
  const winners = winningBeams(steps, best).slice(-SHOWN_STEPS);
  const rows = Math.max(...shown.map(({ beams }) => beams.length));
  return (
    <section class="beams" aria-label="Beams">
      <h2>Beams</h2>
      <div class="scroll-x" tabIndex={0} role="group" aria-label="Tree of beams">
        <svg
          width={COLUMN * shown.length + 20}
          height={ROW * rows + 10}
          role="img"
          aria-label={`${rows} beams after ${steps.length} steps`}
        >
          {shown.map(({ beams }, s) =>
            beams.map((beam, b) => (
              <Beam key={`${s} ${b}`} step={s} place={b} {...beam} hasWon={winners[s] === b} />
            )),
          )}
        </svg>
      </div>
    </section>
  );
}

function Beam(
  props: BeamStep['beams'][number] & {
    readonly step: number;
    readonly place: number;
    readonly hasWon: boolean;
  },
): JSX.Element {
  const { step, place, parent, token, score, hasWon } = props;
  const [x, y] = [COLUMN * step + 16, ROW * place + 18];
  const [fromX, fromY] = [x - COLUMN + 74, ROW * parent + 18];
  return (
    <g class={hasWon ? 'beam beam-won' : 'beam'}>
      <title>{`${token.word}, score ${formatValue(score)}`}</title>
      {step > 0 && (
        <path d={`M${fromX} ${fromY} C${fromX + 12} ${fromY} ${x - 18} ${y} ${x - 6} ${y}`} />
      )}
      <rect x={x - 6} y={y - 11} width="80" height="22" rx="5" />
      <text x={x} y={y + 4}>
        {shorten(token.word)}
      </text>
    </g>
  );
}

function shorten(word: string): string {
  return word.length > 11 ? `${word.slice(0, 10)}…` : word;
}

/**
 * Finds the beams that lead to an output.
 *
 * @param best - Ids of the output; empty while it is unknown. The first beam then counts as the best.
 * @returns the index of the beam for each step; `undefined` for steps after the end of the output.
 */
export function winningBeams(
  steps: readonly BeamStep[],
  best: readonly number[],
): readonly (number | undefined)[] {
  const none = steps.map(() => undefined);
  if (best.length === 0) return ancestors(steps, steps.length - 1, 0);
  const last = Math.min(best.length, steps.length) - 1;
  for (const [index] of (steps[last]?.beams ?? []).entries()) {
    const path = ancestors(steps, last, index);
    const ids = path.map((beam, step) => steps[step]?.beams[beam]?.token.id);
    if (ids.every((id, step) => id === best[step])) return [...path, ...none.slice(path.length)];
  }
  return none;
}

/** Returns the ancestors of a beam of step `last`, from the first step. */
function ancestors(steps: readonly BeamStep[], last: number, index: number): number[] {
  const path: number[] = [];
  for (let step = last, beam = index; step >= 0; step--) {
    path.unshift(beam);
    beam = steps[step]?.beams[beam]?.parent ?? 0;
  }
  return path;
}
