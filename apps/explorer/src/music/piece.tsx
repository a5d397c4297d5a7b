import { useSignal } from '@preact/signals';
import {
  endOf,
  NoteRoll,
  PianoPlayer,
  rollScale,
  secondWidth,
  useVisibleCursor,
} from '@ramble/explorer/notes';
import { applyPedal, type Note, parseMidi } from '@ramble/music';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

import { fromBase64 } from '../state/format.js';

/** A MIDI file as a piano roll that can be played and saved. */
export default function Piece(props: {
  readonly base64: string;
  readonly name: string;
}): JSX.Element {
  const { base64, name } = props;
  const notes = useMemo(() => notesIn(name, base64), [base64]);
  const seconds = useMemo(
    () => notes.reduce((end, { endSeconds }) => Math.max(end, endSeconds), 0),
    [notes],
  );
  const position = useSignal(0);
  const isPlaying = useSignal(false);
  const player = useMemo(
    () =>
      new PianoPlayer(notes, {
        onMove: (seconds) => (position.value = seconds),
        onPlaying: (isOn) => (isPlaying.value = isOn),
      }),
    [notes],
  );
  useEffect(() => () => player.close(), [player]);
  const seek = (to: number) => player.seek(Math.min(Math.max(to, 0), seconds));
  return (
    <div class="piece">
      <Roll notes={notes} seconds={position.value} onSeek={seek} />
      <div class="piece-controls">
        <button
          type="button"
          class="button"
          disabled={notes.length === 0}
          onClick={() => (isPlaying.value ? player.pause() : player.play())}
        >
          {isPlaying.value ? 'Pause' : 'Play'}
        </button>
        <input
          type="range"
          class="piece-seek"
          aria-label="Position in seconds"
          min={0}
          max={Math.max(seconds, 0.1)}
          step={0.1}
          value={position.value}
          onInput={({ currentTarget }) => seek(Number(currentTarget.value))}
        />
        <span class="piece-time">
          {position.value.toFixed(1)} of {seconds.toFixed(1)} s
        </span>
        <a class="button" download={name} href={`data:audio/midi;base64,${base64}`}>
          Download MIDI
        </a>
      </div>
    </div>
  );
}

function notesIn(name: string, base64: string): readonly Note[] {
  const piece = parseMidi(name, fromBase64(base64));
  return [...applyPedal(piece)].sort((a, b) => a.startSeconds - b.startSeconds);
}

/** Lowest and highest pitch that every roll shows. */
const SHOWN = [60, 72];
const STEPS_PER_SECOND = 100;
/** Width of a second, and maximum width of a picture that browsers draw, in pixels. */
const [SECOND, MAX_WIDTH] = [48, 30_000];

/** Draws the notes over time, darker for higher velocities, and a line at the playing position. */
function Roll(props: {
  readonly notes: readonly Note[];
  /** The playing position in seconds. */
  readonly seconds: number;
  readonly onSeek: (seconds: number) => void;
}): JSX.Element {
  const { notes, seconds, onSeek } = props;
  const onGrid = useMemo(
    () =>
      notes.map(({ startSeconds, endSeconds, pitch, velocity }) => ({
        ...{ startStep: STEPS_PER_SECOND * startSeconds, endStep: STEPS_PER_SECOND * endSeconds },
        ...{ pitch, velocity, isMelody: false },
      })),
    [notes],
  );
  const scale = useMemo(
    () => rollScale(onGrid, secondWidth(onGrid, MAX_WIDTH, 0, SECOND), SHOWN),
    [onGrid],
  );
  const opacityOf = useMemo(
    () => (i: number) => 0.45 + (0.55 * (notes[i]?.velocity ?? 0)) / 127,
    [notes],
  );
  const step = STEPS_PER_SECOND * seconds;
  const frame = useVisibleCursor(scale, step);
  return (
    <div ref={frame} class="roll" tabIndex={0} role="group" aria-label="Piano roll">
      <svg
        width={Math.max(scale.width, 200)}
        height={scale.height}
        role="img"
        aria-label={`${notes.length} notes in ${(endOf(onGrid) / STEPS_PER_SECOND).toFixed(1)} seconds`}
        onClick={(event) => {
          const { left } = event.currentTarget.getBoundingClientRect();
          onSeek(scale.stepAt(event.clientX - left) / STEPS_PER_SECOND);
        }}
      >
        <NoteRoll notes={onGrid} scale={scale} opacityOf={opacityOf} cursor={step} />
      </svg>
    </div>
  );
}
