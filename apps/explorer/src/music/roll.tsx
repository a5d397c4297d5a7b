import {
  isBlackKey,
  NoteRoll,
  pitchName,
  rollScale,
  type RollScale,
  secondWidth,
  STEPS_PER_SECOND,
  useVisibleCursor,
} from '@ramble/explorer/notes';
import type { Note } from '@ramble/music';
import type { JSX, TargetedPointerEvent } from 'preact';
import { useMemo, useRef } from 'preact/hooks';

/** Pitches that every roll shows. */
const SHOWN: readonly number[] = [60, 72];
/** Width of a second, maximum width of a picture that browsers draw, and minimum distance of bar numbers, in pixels. */
const [SECOND, MAX_WIDTH, BAR_LABELS] = [48, 30_000, 28];

/** A piano roll to draw. */
interface RollProps {
  readonly notes: readonly Note[];
  /** The playing position in seconds. */
  readonly seconds: number;
  /** Description of the picture. */
  readonly label: string;
  readonly onSeek?: (seconds: number) => void;
  /**
   * Time in seconds at which the primer ends, where a mark is drawn. No mark is drawn if it is absent, 0, or not
   * before the end of the notes.
   */
  readonly primerSeconds?: number | undefined;
  /** Additional MIDI pitches that the range of the roll includes. */
  readonly pitches?: readonly number[] | undefined;
  /** Whether a note is highlighted, such as a note of the model's answer. */
  readonly isAnswer?: ((index: number) => boolean) | undefined;
  /** Returns the colour of a note in the syntax of CSS; by default, the style sheet defines it. */
  readonly colourOf?: ((index: number) => string | undefined) | undefined;
  readonly overlay?: ((scale: RollScale) => JSX.Element) | undefined;
}

/**
 * Draws the notes over time, darker for higher velocities, the keys of the piano at the left edge, and a line at the
 * playing position.
 */
export function Roll(props: RollProps): JSX.Element {
  const { notes, seconds, label, onSeek, primerSeconds = 0, isAnswer, colourOf, overlay } = props;
  const { pitches } = props;
  const onGrid = useMemo(
    () =>
      notes.map(({ startSeconds, endSeconds, pitch, velocity }) => ({
        ...{ startStep: STEPS_PER_SECOND * startSeconds, endStep: STEPS_PER_SECOND * endSeconds },
        ...{ pitch, velocity, isMelody: false },
      })),
    [notes],
  );
  const scale = useMemo(
    () =>
      rollScale(onGrid, secondWidth(onGrid, MAX_WIDTH, 0, SECOND), [...SHOWN, ...(pitches ?? [])]),
    [onGrid, pitches],
  );
  const opacityOf = useMemo(
    () => (i: number) => 0.45 + (0.55 * (notes[i]?.velocity ?? 0)) / 127,
    [notes],
  );
  const step = STEPS_PER_SECOND * seconds;
  const frame = useVisibleCursor(scale, step);
  const hasMark = primerSeconds > 0 && primerSeconds < endSecondsOf(notes);
  return (
    <div ref={frame} class="roll" tabIndex={0} role="group" aria-label="Piano roll">
      <RollKeys scale={scale} />
      <svg
        class={onSeek && 'roll-seek'}
        width={Math.max(scale.width, 200)}
        height={scale.height}
        role="img"
        aria-label={hasMark ? `${label}; the primer ends at ${primerSeconds.toFixed(1)} s` : label}
        onClick={(event) => {
          const { left } = event.currentTarget.getBoundingClientRect();
          onSeek?.(scale.stepAt(event.clientX - left) / STEPS_PER_SECOND);
        }}
      >
        <NoteRoll
          notes={onGrid}
          scale={scale}
          opacityOf={opacityOf}
          cursor={step}
          isAnswer={isAnswer}
          colourOf={colourOf}
        />
        {overlay?.(scale)}
        {hasMark && <PrimerMark x={scale.x(STEPS_PER_SECOND * primerSeconds)} scale={scale} />}
      </svg>
    </div>
  );
}

/** Marks a region of a roll, and the bars by lines and numbers. Times are in seconds. */
export function RegionMark(props: {
  readonly scale: RollScale;
  readonly from: number;
  readonly to: number;
  /** Times at which bars begin, and the end of the last one. */
  readonly bars?: readonly number[] | undefined;
}): JSX.Element {
  const { scale, from, to, bars = [] } = props;
  const [left = 0, right = 0, ...lines] = [from, to, ...bars].map((seconds) =>
    scale.x(STEPS_PER_SECOND * seconds),
  );
  const height = scale.y(scale.lowest - 1);
  const every = Math.ceil((BAR_LABELS * lines.length) / scale.width);
  return (
    <g class="region-mark">
      {lines.map((x, i) => (
        <>
          <path d={`M${x} 0V${height}`} />
          {i % every === 0 && i < lines.length - 1 && <text {...{ x: x + 4, y: 11 }}>{i + 1}</text>}
        </>
      ))}
      <rect x={left} width={Math.max(0, right - left)} height={height} />
    </g>
  );
}

/** A line where the primer ends and the output begins. */
function PrimerMark({ x, scale }: { readonly x: number; readonly scale: RollScale }): JSX.Element {
  return (
    <g class="primer-mark">
      <path d={`M${x} 0V${scale.y(scale.lowest - 1)}`} />
      <text x={x - 5} y={11} text-anchor="end">
        primer
      </text>
      <text x={x + 5} y={11}>
        output
      </text>
    </g>
  );
}

/** The keys of the piano with the names of all C, which stay at the left edge of a scrolled roll. */
function RollKeys({ scale }: { readonly scale: RollScale }): JSX.Element {
  const { lowest, highest, height, x, y } = scale;
  const [width, semitone] = [x(0), y(0) - y(1)];
  const keys = Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i);
  return (
    <svg class="roll-keys" width={width} height={height} aria-hidden="true">
      <rect class="roll-ivory" width={width} height={y(lowest - 1)} />
      {keys.map((pitch) =>
        isBlackKey(pitch) ? (
          <rect class="roll-ebony" width={0.55 * width} y={y(pitch)} height={semitone} />
        ) : (
          [0, 5].includes(pitch % 12) && <path d={`M0 ${y(pitch - 1)}H${width}`} />
        ),
      )}
      {keys
        .filter((pitch) => pitch % 12 === 0)
        .map((pitch) => (
          <text x={width - 3} y={y(pitch) + semitone} text-anchor="end">
            {pitchName(pitch)}
          </text>
        ))}
    </svg>
  );
}

/** Returns the time in seconds at which the last note ends; 0 without notes. */
export function endSecondsOf(notes: readonly Note[]): number {
  return notes.reduce((end, { endSeconds }) => Math.max(end, endSeconds), 0);
}

/** Minimum distance in seconds between the ends of a drag; a shorter one is a click. */
const MIN_DRAG_SECONDS = 0.1;

/** Selects a region of a roll by a mouse or a pen that is dragged; a finger scrolls the roll. */
export function DragField(props: {
  readonly scale: RollScale;
  /** Called with the ends of the region in seconds. */
  readonly onSelect: (from: number, to: number) => void;
}): JSX.Element {
  const { scale, onSelect } = props;
  const start = useRef<number | undefined>(undefined);
  const hasMoved = useRef(false);
  const secondsAt = ({ currentTarget, clientX }: TargetedPointerEvent<SVGRectElement>): number =>
    scale.stepAt(clientX - currentTarget.getBoundingClientRect().left) / STEPS_PER_SECOND;
  return (
    <rect
      class="drag-field"
      width={scale.width}
      height={scale.height}
      onPointerDown={(event) => {
        hasMoved.current = false;
        start.current = event.pointerType === 'touch' ? undefined : secondsAt(event);
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (start.current === undefined) return;
        const [before, now] = [start.current, secondsAt(event)];
        hasMoved.current ||= Math.abs(now - before) > MIN_DRAG_SECONDS;
        if (hasMoved.current) onSelect(Math.min(before, now), Math.max(before, now));
      }}
      onLostPointerCapture={() => (start.current = undefined)}
      onClick={(event) => {
        if (hasMoved.current) event.stopPropagation(); // a click moves the playing position
      }}
    />
  );
}
