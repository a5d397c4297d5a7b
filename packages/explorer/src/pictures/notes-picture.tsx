import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';

import { HEAD_COLOURS } from './attention-map.js';
import type { NoteAttention, RollNote } from './contents.js';
import {
  endOf,
  noteName,
  NoteRoll,
  type RollArc,
  rollScale,
  secondWidth,
  STEPS_PER_SECOND,
  useVisibleCursor,
} from './note-roll.js';
import { NotePlayer, type PlayedNote } from './note-player.js';

/** Minimum width of a second, in pixels. */
const MIN_SECOND = 64;

/**
 * The attention between notes as arcs over a piano roll, from the note that a slider selects to the notes that it
 * attends to, coloured by head, for a chosen layer. In a browser it plays the notes.
 *
 * @see Huang et al. 2018, figure 8, https://arxiv.org/abs/1809.04281
 */
export function NotesPicture(attention: NoteAttention): JSX.Element {
  const { notes, layers } = attention;
  const [layer, setLayer] = useState(layers.length - 1);
  const [hidden, setHidden] = useState<readonly number[]>([]);
  const playing = usePlaying(notes);
  const { query, step } = playing;
  const arcs = useMemo(() => arcsOf(attention, layer, query), [layer, query]);
  return (
    <>
      <p>
        Where the note <b id="query">{noteName(notes[query])}</b> looks: an arc to each earlier
        note, coloured by head, as wide as its share of the head's attention. Pick a note, or move
        the slider.
        {notes.some(({ isMelody }) => isMelody) && ' Outlined is the melody that is played to.'}
      </p>
      <PlayerBar {...playing} end={endOf(notes)} />
      <div class="controls">
        <span>Layer</span>
        {layers.map((_, i) => (
          <button id={`layer-${i}`} aria-pressed={i === layer} onClick={() => setLayer(i)}>
            {i}
          </button>
        ))}
      </div>
      <Roll
        notes={notes}
        chosen={query}
        arcs={useMemo(() => arcs.filter(({ head }) => !hidden.includes(head)), [arcs, hidden])}
        step={step}
        onPick={playing.ask}
      />
      <div class="controls heads">
        {Array.from({ length: attention.nHead }, (_, head) => {
          const isHidden = hidden.includes(head);
          const others = hidden.filter((other) => other !== head);
          const share = arcs.reduce((sum, arc) => sum + (arc.head === head ? arc.weight : 0), 0);
          return (
            <button
              id={`head-${head}`}
              aria-pressed={!isHidden}
              style={{ '--head': HEAD_COLOURS[head % HEAD_COLOURS.length] }}
              onClick={() => setHidden(isHidden ? others : [...hidden, head])}
            >
              <i />
              head {head} <b id={`share-${head}`}>{Math.round(100 * share)} %</b>
            </button>
          );
        })}
      </div>
    </>
  );
}

/** State of the player, the query note, and actions that change them. */
interface Playing {
  /** Index of the note whose attention is shown. */
  readonly query: number;
  readonly step: number;
  readonly isPlaying: boolean;
  readonly toggle: () => void;
  readonly seek: (step: number) => void;
  readonly ask: (index: number) => void;
  /** Selects the query note that is `by` notes later (earlier if negative). */
  readonly move: (by: number) => void;
}

function usePlaying(notes: readonly RollNote[]): Playing {
  const queries = useMemo(() => queryNotes(notes), [notes]);
  const [query, setQuery] = useState(queries[queries.length - 1]);
  const [step, setStep] = useState(notes[query].startStep);
  const [isPlaying, setPlaying] = useState(false);
  const player = useMemo(() => {
    const onMove = (seconds: number): void => {
      setStep(STEPS_PER_SECOND * seconds);
      setQuery(lastStruck(notes, queries, STEPS_PER_SECOND * seconds));
    };
    const played = queries.map((index) => playedNote(notes[index]));
    return new NotePlayer(played, { onMove, onPlaying: setPlaying });
  }, [notes]);
  const seek = (to: number): void => player.seek(to / STEPS_PER_SECOND);
  const ask = (index: number): void => {
    seek(notes[index].startStep);
    setQuery(index); // among notes at the same time
  };
  useEffect(() => ask(query), [player]); // plays from the query note
  const move = (by: number): void => {
    const index = queries.indexOf(query) + by;
    if (index in queries) ask(queries[index]);
  };
  const toggle = (): void => (isPlaying ? player.pause() : player.play());
  return { query, step, isPlaying, toggle, seek, ask, move };
}

function PlayerBar(props: Playing & { readonly end: number }): JSX.Element {
  const { step, isPlaying, toggle, seek, move, end } = props;
  const seconds = (step / STEPS_PER_SECOND).toFixed(1);
  return (
    <div class="controls">
      <button id="play" onClick={toggle}>
        {isPlaying ? '❚❚ Pause' : '▶ Play'}
      </button>
      <input
        id="time"
        type="range"
        min={0}
        max={end}
        step={1}
        value={Math.round(step)}
        aria-label="Time"
        aria-valuetext={`${seconds} seconds`}
        onInput={({ currentTarget }) => seek(Number(currentTarget.value))}
      />
      <output id="clock">{seconds} s</output>
      <span class="steps">
        <button id="before" aria-label="The note before" onClick={() => move(-1)}>
          ‹
        </button>
        <button id="behind" aria-label="The next note" onClick={() => move(1)}>
          ›
        </button>
      </span>
    </div>
  );
}

/** The piano roll in a frame, which scrolls if necessary to keep the cursor visible. */
function Roll(props: {
  readonly notes: readonly RollNote[];
  readonly chosen: number;
  readonly arcs: readonly RollArc[];
  readonly step: number;
  readonly onPick: (index: number) => void;
}): JSX.Element {
  const { notes, chosen, arcs, step, onPick } = props;
  const [second, setSecond] = useState(MIN_SECOND);
  const scale = useMemo(() => rollScale(notes, second), [notes, second]);
  const frame = useVisibleCursor(scale, step);
  useLayoutEffect(() => {
    const fit = (): void =>
      setSecond(secondWidth(notes, frame.current?.clientWidth ?? 0, MIN_SECOND));
    fit();
    addEventListener('resize', fit);
    return () => removeEventListener('resize', fit);
  }, [notes]);
  const opacityOf = useMemo(() => (i: number) => 0.3 + (0.7 * notes[i].velocity) / 127, [notes]);
  const seconds = (endOf(notes) / STEPS_PER_SECOND).toFixed(1);
  return (
    <div id="frame" ref={frame} tabIndex={0} aria-label="Piano roll">
      <svg id="roll" width={scale.width} height={scale.height} role="img">
        <title>
          {notes.length} notes, {seconds} seconds
        </title>
        <NoteRoll
          notes={notes}
          scale={scale}
          chosen={chosen}
          arcs={arcs}
          opacityOf={opacityOf}
          cursor={step}
          onPick={onPick}
        />
      </svg>
    </div>
  );
}

/**
 * Returns the indices of notes that can be queried. Notes of a melody are included only if no others exist.
 */
function queryNotes(notes: readonly RollNote[]): number[] {
  const all = notes.map((_, i) => i);
  const played = all.filter((i) => !notes[i].isMelody);
  return played.length > 0 ? played : all;
}

/**
 * Returns the last of `queries` (indices of notes) whose note begins at a step or earlier; the first if none does.
 */
function lastStruck(notes: readonly RollNote[], queries: readonly number[], step: number): number {
  return queries.filter((i) => notes[i].startStep <= step).at(-1) ?? queries[0];
}

/** Returns the arcs of a note in a layer, the strongest last. */
function arcsOf(
  { notes, nHead, layers }: NoteAttention,
  layer: number,
  query: number,
): (RollArc & { readonly head: number })[] {
  const own = layers[layer][query];
  const arcs = Array.from({ length: own.length / 3 }, (_, i) => {
    const [head, to, weight] = [own[3 * i], own[3 * i + 1], own[3 * i + 2] / 1000];
    return {
      head,
      to,
      weight,
      bend: head / nHead,
      colour: HEAD_COLOURS[head % HEAD_COLOURS.length],
      title: `head ${head}: ${(100 * weight).toFixed(1)} % to ${noteName(notes[to])}`,
    };
  });
  return arcs.sort((a, b) => a.weight - b.weight);
}

function playedNote({ startStep, endStep, pitch, velocity }: RollNote): PlayedNote {
  const [startSeconds, endSeconds] = [startStep, endStep].map((step) => step / STEPS_PER_SECOND);
  return { startSeconds, endSeconds, pitch, velocity };
}
