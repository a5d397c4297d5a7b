import { useSignal } from '@preact/signals';
import { applyPedal, type Note, parseMidi } from '@ramble/music';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

import { fromBase64 } from '../state/base64.js';
import { PianoPlayer } from './piano-player.js';
import { PianoRoll } from './piano-roll.js';

/** A MIDI file as a piano roll that plays, and can be kept. */
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
  const player = useMemo(() => new PianoPlayer(notes, position, isPlaying), [notes]);
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
