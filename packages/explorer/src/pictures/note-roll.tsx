import type { JSX, RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';

import type { RollNote } from './contents.js';

/** An arc from the chosen note to another. */
export interface RollArc {
  /** Index of the other note. */
  readonly to: number;
  readonly weight: number;
  /** Additional bend of an arc, 0 to 1, so that arcs to one note do not overlap. */
  readonly bend?: number;
  /** Colour in the syntax of CSS; by default, the style sheet defines it. */
  readonly colour?: string;
  readonly title?: string;
}

export const STEPS_PER_SECOND = 100;
const SEMITONE = 7;
/** Space in pixels for the labels of seconds below the notes, and of octaves on the left. */
const [AXIS, LEFT] = [26, 34];
/** Height in pixels of a label's text, by which the highest label stays in the picture. */
const LABEL_HEIGHT = 10;
/** Minimum distance in pixels of the labels of seconds. */
const LABELS = 40;
/** Number of empty semitones above the notes, for the arcs, and below them. */
const [ABOVE, BELOW] = [6, 2];

/** Size and scales of a piano roll, in pixels. */
export interface RollScale {
  readonly width: number;
  readonly height: number;
  readonly lowest: number;
  readonly highest: number;
  readonly x: (step: number) => number;
  readonly y: (pitch: number) => number;
  /** Returns the step (hundredth of a second) at a horizontal position in pixels. */
  readonly stepAt: (x: number) => number;
}

/**
 * Returns the scale of a piano roll on which a second is `secondWidth` pixels wide.
 *
 * @param shown - MIDI pitches that are always shown; at least one if `notes` may be empty.
 */
export function rollScale(
  notes: readonly RollNote[],
  secondWidth: number,
  shown: readonly number[] = [],
): RollScale {
  const pitches = [...shown, ...notes.map(({ pitch }) => pitch)];
  const [lowest, highest] = [Math.min(...pitches) - BELOW, Math.max(...pitches) + ABOVE];
  const x = (step: number): number => LEFT + (step / STEPS_PER_SECOND) * secondWidth;
  return {
    width: Math.ceil(x(endOf(notes)) + 8),
    height: (highest - lowest + 1) * SEMITONE + AXIS,
    lowest,
    highest,
    x,
    y: (pitch) => (highest - pitch) * SEMITONE,
    stepAt: (left) => ((left - LEFT) / secondWidth) * STEPS_PER_SECOND,
  };
}

/**
 * Returns the width of a second in pixels, from `least` to `most`, so that the notes fill a picture of `width`
 * pixels.
 */
export function secondWidth(
  notes: readonly RollNote[],
  width: number,
  least: number,
  most = Infinity,
): number {
  const seconds = endOf(notes) / STEPS_PER_SECOND;
  return Math.min(most, Math.max(least, (width - LEFT - 8) / seconds));
}

/** Returns the step at which the last note ends, at least 1. */
export function endOf(notes: readonly RollNote[]): number {
  return notes.reduce((end, { endStep }) => Math.max(end, endStep), 1);
}

/**
 * Returns a ref for the scrolling element around a piano roll. The element scrolls to keep the cursor at `step`
 * visible.
 */
export function useVisibleCursor(scale: RollScale, step: number): RefObject<HTMLDivElement | null> {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!frame.current) return;
    const { scrollLeft, clientWidth } = frame.current;
    const x = scale.x(step);
    const isSeen = x >= scrollLeft + LEFT && x <= scrollLeft + clientWidth - 40;
    if (!isSeen) frame.current.scrollLeft = x - clientWidth * 0.6;
  }, [scale, step]);
  return frame;
}

/** Content of an SVG picture: a piano roll with arcs from the chosen note to others, and a cursor. */
export function NoteRoll(props: {
  readonly notes: readonly RollNote[];
  readonly scale: RollScale;
  /** Index of the chosen note, if there is one. */
  readonly chosen?: number;
  readonly arcs?: readonly RollArc[];
  /** Opacity of a note that is not chosen. */
  readonly opacityOf: (index: number) => number;
  /** Returns the colour of a note in the syntax of CSS; by default, the style sheet defines it. */
  readonly colourOf?: ((index: number) => string | undefined) | undefined;
  /**
   * Whether a note is highlighted, such as a note of the model's answer: by another colour, or by an outline if
   * `colourOf` is given.
   */
  readonly isAnswer?: ((index: number) => boolean) | undefined;
  /** Position of the cursor, in the steps of the notes. If it is absent, no cursor is drawn. */
  readonly cursor?: number;
  readonly onPick?: (index: number) => void;
  readonly onPoint?: (index: number) => void;
}): JSX.Element {
  const { notes, scale, chosen, arcs, opacityOf, colourOf, isAnswer, cursor, onPick, onPoint } =
    props;
  const grid = useMemo(() => <Grid notes={notes} scale={scale} />, [notes, scale]);
  const bars = useMemo(
    () =>
      notes.map(({ startStep, endStep, pitch, isMelody }, i) => (
        <rect
          key={i}
          x={scale.x(startStep)}
          y={scale.y(pitch) + 0.5}
          width={Math.max(3, scale.x(endStep) - scale.x(startStep) - 0.5)}
          height={SEMITONE - 1}
          rx={1.5}
          class={`${isMelody ? 'melody' : 'note'}${i === chosen ? ' query' : ''}${isAnswer?.(i) ? ' answered' : ''}`}
          fill-opacity={isMelody ? 0 : opacityOf(i)}
          style={colourOf && { fill: colourOf(i), stroke: isAnswer?.(i) ? 'var(--ink)' : 'none' }}
          {...(onPick && { onClick: () => onPick(i) })}
          {...(onPoint && { onMouseEnter: () => onPoint(i) })}
        />
      )),
    [notes, scale, chosen, opacityOf, colourOf, isAnswer],
  );
  const drawn = useMemo(
    () =>
      chosen !== undefined &&
      arcs && <Arcs notes={notes} scale={scale} from={chosen} arcs={arcs} />,
    [notes, scale, chosen, arcs],
  );
  return (
    <>
      {grid}
      {bars}
      {cursor !== undefined && (
        <path class="cursor" d={`M${scale.x(cursor)} 0V${scale.height - AXIS}`} />
      )}
      {drawn}
    </>
  );
}

/** Rows of black keys, lines at octaves and seconds. */
function Grid(props: {
  readonly notes: readonly RollNote[];
  readonly scale: RollScale;
}): JSX.Element {
  const { lowest, highest, width, height, x, y } = props.scale;
  const seconds = endOf(props.notes) / STEPS_PER_SECOND;
  const bottom = height - AXIS;
  const keys = Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i);
  const every = Math.ceil(LABELS / (x(STEPS_PER_SECOND) - x(0)));
  return (
    <g class="roll-grid">
      {keys.filter(isBlackKey).map((pitch) => (
        <rect class="roll-black" x={LEFT} width={width - LEFT} y={y(pitch)} height={SEMITONE} />
      ))}
      {keys
        .filter((pitch) => pitch % 12 === 0)
        .map((pitch) => (
          <>
            <path d={`M${LEFT} ${y(pitch) + SEMITONE}H${width}`} />
            <text x={LEFT - 6} y={Math.max(LABEL_HEIGHT, y(pitch) + SEMITONE)} text-anchor="end">
              {pitchName(pitch)}
            </text>
          </>
        ))}
      {Array.from({ length: Math.floor(seconds / every) + 1 }, (_, i) => i * every).map(
        (second) => (
          <>
            <path d={`M${x(STEPS_PER_SECOND * second)} 0V${bottom}`} />
            <text x={x(STEPS_PER_SECOND * second)} y={bottom + 18} text-anchor="middle">
              {second} s
            </text>
          </>
        ),
      )}
    </g>
  );
}

function Arcs(props: {
  readonly notes: readonly RollNote[];
  readonly scale: RollScale;
  readonly from: number;
  readonly arcs: readonly RollArc[];
}): JSX.Element {
  const { notes, scale, from, arcs } = props;
  const placeOf = (index: number): [number, number] => {
    const { startStep, pitch } = notes[index];
    return [scale.x(startStep), scale.y(pitch) + SEMITONE / 2];
  };
  const [fromX, fromY] = placeOf(from);
  return (
    <g class="arcs" fill="none" stroke-linecap="round">
      {arcs.map(({ to, weight, bend = 0, colour, title }, i) => {
        const [toX, toY] = placeOf(to);
        const up = (0.12 + 0.2 * bend) * Math.hypot(fromX - toX, fromY - toY) + 8;
        const top = Math.max(2, (fromY + toY) / 2 - up);
        return (
          <path
            key={i}
            d={`M${fromX} ${fromY}Q${(fromX + toX) / 2} ${top} ${toX} ${toY}`}
            stroke={colour}
            stroke-width={(1 + 9 * weight).toFixed(2)}
            stroke-opacity={(0.35 + 0.6 * weight).toFixed(2)}
          >
            {title !== undefined && <title>{title}</title>}
          </path>
        );
      })}
    </g>
  );
}

const NAMES = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'];

/** Returns the name of a pitch: `C4` for 60. */
export function pitchName(pitch: number): string {
  return `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
}

/** Whether the key of a pitch is black. */
export function isBlackKey(pitch: number): boolean {
  return pitchName(pitch).includes('♯');
}

/** Describes a note: `C4 at 0.50 s`. */
export function noteName({ pitch, startStep, isMelody }: RollNote): string {
  const time = `${(startStep / STEPS_PER_SECOND).toFixed(2)} s`;
  return `${isMelody ? 'melody ' : ''}${pitchName(pitch)} at ${time}`;
}
