import { useSignal } from '@preact/signals';
import { NotePlayer, type RollScale } from '@ramble/explorer/notes';
import {
  applyPedal,
  DRUMS,
  type Note,
  parseMidi,
  partColours,
  programName,
  type StruckNote,
} from '@ramble/music';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

import { fromBase64 } from '../state/format.js';
import { endSecondsOf, Roll } from './roll.js';

/** Properties of `Piece`: a MIDI file, its primer, and the look of its roll. */
interface PieceProps {
  readonly base64: string;
  readonly name: string;
  /** The primer that the piece continues, as a MIDI file. */
  readonly primer?: string;
  /** Draws something over the notes of the roll. */
  readonly overlay?: (scale: RollScale) => JSX.Element;
  /** Time in seconds at which the first playing begins. */
  readonly from?: number;
  /**
   * Additional pitches that the roll has room for, as MIDI numbers. Rolls with the same pitches have the same height, so
   * that pieces can be compared.
   */
  readonly pitches?: readonly number[];
  /** Whether a note is highlighted as new. */
  readonly isNew?: (note: StruckNote) => boolean;
  /** Additional controls. */
  readonly children?: ComponentChildren;
}

/** A MIDI file as a piano roll that can be played and saved. */
export default function Piece(props: PieceProps): JSX.Element {
  const { base64, name, primer, overlay, from = 0, pitches, isNew, children } = props;
  const notes = useMemo(() => notesIn(name, base64), [base64]);
  const seconds = useMemo(() => endSecondsOf(notes), [notes]);
  const primerSeconds = useMemo(() => primer && endSecondsOf(notesIn(name, primer)), [primer]);
  const { player, position, isPlaying } = usePlayer(notes, from);
  const isAnswer = useMemo(() => {
    const flags = isNew && notes.map(isNew);
    return flags && ((i: number) => flags[i] === true);
  }, [notes, isNew]);
  const parts = useMemo(() => partsOf(notes), [notes]);
  const seek = (to: number) => player.seek(Math.min(Math.max(to, 0), seconds));
  return (
    <div class="piece">
      <Roll
        notes={notes}
        seconds={position.value}
        onSeek={seek}
        primerSeconds={Number(primerSeconds ?? 0)}
        overlay={overlay}
        pitches={pitches}
        isAnswer={isAnswer}
        colourOf={parts?.colourOf}
        label={`${notes.length} notes in ${seconds.toFixed(1)} seconds`}
      />
      {parts && <PartNames names={parts.names} />}
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
        <span class="piece-time">{`${position.value.toFixed(1)} of ${seconds.toFixed(1)} s`}</span>
        <a class="button" download={name} href={`data:audio/midi;base64,${base64}`}>
          Download MIDI
        </a>
        {children}
      </div>
    </div>
  );
}

/** The names of a band's parts in their colours. */
function PartNames({ names }: Pick<NonNullable<ReturnType<typeof partsOf>>, 'names'>): JSX.Element {
  return (
    <ul class="roll-parts">
      {names.map(({ name, colour }) => (
        <li>
          <span style={{ background: colour }} />
          {name}
        </li>
      ))}
    </ul>
  );
}

/** Returns the parts of a band with their colours; `undefined` for one instrument. */
function partsOf(notes: readonly StruckNote[]) {
  const partOf = ({ program, isDrum }: StruckNote): number => (isDrum ? DRUMS : program);
  const programs = [...new Set(notes.map(partOf))].sort((a, b) => a - b);
  if (programs.length < 2) return undefined;
  const colours = partColours(programs);
  const colourOfNote = notes.map((note) => colours[programs.indexOf(partOf(note))]);
  return {
    names: programs.map((program, i) => ({ name: programName(program), colour: colours[i] })),
    colourOf: (i: number) => colourOfNote[i],
  };
}

/** Makes a player of notes, which first plays from a time in seconds. */
function usePlayer(notes: readonly Note[], from: number) {
  const [position, isPlaying] = [useSignal(0), useSignal(false)];
  const onMove = (seconds: number): void => void (position.value = seconds);
  const onPlaying = (isOn: boolean): void => void (isPlaying.value = isOn);
  const player = useMemo(() => new NotePlayer(notes, { onMove, onPlaying }), [notes]);
  useEffect(() => {
    player.seek(from);
    return () => player.close();
  }, [player]);
  return { player, position, isPlaying };
}

/** Returns the notes of a MIDI file in base64, with the sustain pedal applied, in the order of their starts. */
export function notesIn(name: string, base64: string): readonly StruckNote[] {
  const piece = parseMidi(name, fromBase64(base64));
  return [...applyPedal(piece)].sort((a, b) => a.startSeconds - b.startSeconds);
}
