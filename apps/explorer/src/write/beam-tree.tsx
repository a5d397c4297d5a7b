import type { JSX } from 'preact';

import { formatValue } from '../state/format.js';
import type { BeamStep } from './output.js';
import { winningBeams } from './winning-beams.js';

const COLUMN = 96;
const ROW = 30;
const SHOWN_STEPS = 60;

/** The beams of a search as a tree: a column a step, the best at the top, those that won in colour. */
export function BeamTree(props: {
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
