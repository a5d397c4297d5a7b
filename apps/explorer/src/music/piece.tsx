import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals';
import { PianoPlayer } from '@ramble/explorer/notes';
import { applyPedal, type Note, parseMidi } from '@ramble/music';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';

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
      <PianoRoll notes={notes} seconds={seconds} position={position} onSeek={seek} />
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

const KEY_HEIGHT = 5;
const MARGIN_KEYS = 3;
/** Maximum width of a picture in pixels that browsers draw. */
const MAX_WIDTH = 30_000;
const BLACK = new Set([1, 3, 6, 8, 10]);

/**
 * Notes over time: a row per key, darker for higher velocities, and a line at the playing position.
 */
function PianoRoll(props: {
  readonly notes: readonly Note[];
  readonly seconds: number;
  readonly position: ReadonlySignal<number>;
  readonly onSeek: (seconds: number) => void;
}): JSX.Element {
  const { notes, seconds, position, onSeek } = props;
  const scale = Math.min(48, MAX_WIDTH / Math.max(seconds, 1));
  const line = useRef<SVGLineElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const x = position.value * scale;
    line.current?.setAttribute('x1', String(x));
    line.current?.setAttribute('x2', String(x));
    keepInSight(box.current, x);
  });
  const pitches = notes.map(({ pitch }) => pitch);
  const low = Math.min(...pitches, 60) - MARGIN_KEYS;
  const high = Math.max(...pitches, 72) + MARGIN_KEYS;
  const [width, height] = [Math.max(seconds * scale, 200), (high - low + 1) * KEY_HEIGHT];
  const drawn = useMemo(() => <Notes notes={notes} scale={scale} high={high} />, [notes]);
  return (
    <div ref={box} class="roll" tabIndex={0} role="group" aria-label="Piano roll">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`${notes.length} notes in ${seconds.toFixed(1)} seconds`}
        onClick={(event) => {
          const { left } = event.currentTarget.getBoundingClientRect();
          onSeek((event.clientX - left) / scale);
        }}
      >
        {Array.from({ length: high - low + 1 }, (_, i) => high - i).map((pitch, row) =>
          BLACK.has(((pitch % 12) + 12) % 12) ? (
            <rect
              key={pitch}
              class="roll-black"
              y={row * KEY_HEIGHT}
              width={width}
              height={KEY_HEIGHT}
            />
          ) : null,
        )}
        {Array.from({ length: Math.floor(seconds / 5) }, (_, i) => (i + 1) * 5).map((second) => (
          <g key={second} class="roll-grid">
            <path d={`M${second * scale} 0V${height}`} />
            <text x={second * scale + 3} y={11}>
              {second} s
            </text>
          </g>
        ))}
        {drawn}
        <line ref={line} class="roll-line" y2={height} />
      </svg>
    </div>
  );
}

function Notes(props: {
  readonly notes: readonly Note[];
  readonly scale: number;
  readonly high: number;
}): JSX.Element {
  const { notes, scale, high } = props;
  return (
    <g class="roll-notes">
      {notes.map(({ startSeconds, endSeconds, pitch, velocity }, i) => (
        <rect
          key={i}
          x={startSeconds * scale}
          y={(high - pitch) * KEY_HEIGHT}
          width={Math.max(1.5, (endSeconds - startSeconds) * scale - 0.5)}
          height={KEY_HEIGHT}
          rx="1.5"
          opacity={0.45 + (0.55 * velocity) / 127}
        />
      ))}
    </g>
  );
}

function keepInSight(box: HTMLDivElement | null, x: number): void {
  if (!box) return;
  const { scrollLeft, clientWidth } = box;
  if (x < scrollLeft || x > scrollLeft + clientWidth - 20) box.scrollLeft = Math.max(0, x - 40);
}
