import { useSignal } from '@preact/signals';
import { isBlackKey, pitchName } from '@ramble/explorer/notes';
import { type DuetTurn, MIDI_STATUS, SUSTAIN_PEDAL } from '@ramble/music';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

import { NumberField } from '../shell/buttons.js';
import { toBase64 } from '../state/format.js';
import type { Writing } from '../write/writing.js';
import { LiveSession } from './live-session.js';
import { Roll } from './roll.js';

/** Playing with the model in turns: devices, settings, a piano roll of both players, and keys. */
export default function LiveView({ writing }: { readonly writing: Writing }): JSX.Element {
  const live = useMemo(() => new LiveSession(writing), [writing]);
  useEffect(() => () => live.close(), [live]);
  const isOn = live.isOn.value;
  return (
    <div class="live">
      <p class="hint">
        Play a phrase. When you rest, or press and release the sustain pedal while no key is down,
        the model answers. A new note of yours ends its answer.
      </p>
      <div class="live-settings">
        <button
          type="button"
          class={isOn ? 'button' : 'button button-main'}
          onClick={() => (isOn ? live.stop() : void live.start())}
        >
          {isOn ? 'End' : 'Start'}
        </button>
        <NumberField
          label="rest that ends a phrase, in seconds"
          value={live.restSeconds.value}
          {...{ min: 0.2, max: 60, step: 0.1 }}
          isDisabled={isOn}
          onChange={(seconds) => (live.restSeconds.value = seconds)}
        />
        <NumberField
          label="answer, in seconds; 0 for as long as the phrase"
          value={live.answerSeconds.value}
          {...{ min: 0, max: 60, step: 0.1 }}
          isDisabled={isOn}
          onChange={(seconds) => (live.answerSeconds.value = seconds)}
        />
        <label class="live-output">
          answers sound on{' '}
          <select
            value={live.outputId.value}
            onChange={({ currentTarget }) => (live.outputId.value = currentTarget.value)}
          >
            <option value="">this page</option>
            {live.outputs.value.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {live.notice.value !== '' && <p class="notice">{live.notice}</p>}
      <LiveState live={live} />
      <LiveRoll live={live} />
      {isOn && <Keys onPlay={(message) => live.play(message)} />}
    </div>
  );
}

/** The current turn, and the measured times. */
function LiveState({ live }: { readonly live: LiveSession }): JSX.Element | null {
  const { latencyMs, noteCount, lateCount } = live.facts.value;
  const state = live.isAnswering.value ? 'The model answers.' : 'The model listens.';
  return (
    <p class="live-state" role="status">
      {live.isOn.value && <b>{state}</b>}
      {live.isOn.value &&
        live.inputs.value.length > 0 &&
        ` You play ${live.inputs.value.join(', ')}.`}
      {latencyMs !== undefined &&
        ` It answered ${Math.round(latencyMs)} ms after the phrase; ${lateCount} of ${noteCount} notes were computed too late.`}
    </p>
  );
}

/** Length in seconds of the shown past, and of the steps in which it moves. */
const [SHOWN_SECONDS, MOVE_SECONDS] = [40, 10];

/** The last notes of both players. */
function LiveRoll({ live }: { readonly live: LiveSession }): JSX.Element | null {
  const turns = live.turns.value;
  const now = live.nowSeconds.value;
  const { notes, answers, start } = useMemo(() => shownNotes(turns, now), [turns, now]);
  if (notes.length === 0) return null;
  const all = turns.reduce((sum, turn) => sum + turn.notes.length, 0);
  const isAnswer = (index: number): boolean => answers.has(index);
  return (
    <>
      <Roll
        notes={notes}
        seconds={now - start}
        isAnswer={isAnswer}
        label={`The last ${notes.length} notes of both players`}
      />
      <div class="piece-controls">
        <p class="live-legend">
          <span class="live-yours" aria-hidden="true" /> you{' '}
          <span class="live-answers" aria-hidden="true" /> the model
        </p>
        {!live.isOn.value && (
          <a
            class="button"
            download="duet.mid"
            href={`data:audio/midi;base64,${toBase64(live.midi())}`}
          >
            Download the {all} notes as MIDI
          </a>
        )}
      </div>
    </>
  );
}

/**
 * Returns the last notes, with times relative to the start of the shown part, and the indices of the model's notes.
 */
function shownNotes(turns: readonly DuetTurn[], now: number) {
  const first = turns[0]?.notes[0]?.startSeconds ?? now;
  const moves = Math.max(0, Math.ceil((now - first - SHOWN_SECONDS) / MOVE_SECONDS));
  const start = first + moves * MOVE_SECONDS;
  const shown = turns
    .flatMap(({ isAnswer, notes }) => notes.map((note) => ({ ...note, isAnswer })))
    .filter(({ startSeconds }) => startSeconds >= start)
    .map((note) => ({
      ...note,
      startSeconds: note.startSeconds - start,
      endSeconds: note.endSeconds - start,
    }));
  const answers = new Set(shown.flatMap(({ isAnswer }, i) => (isAnswer ? [i] : [])));
  return { notes: shown, answers, start };
}

/** Keys of a computer's keyboard that play notes, one for each semitone from C4 upwards. */
const COMPUTER_KEYS = ['a', 'w', 's', 'e', 'd', 'f', 't', 'g', 'y', 'h', 'u', 'j', 'k', 'o', 'l'];
const [LOWEST, HIGHEST, MIDDLE_C] = [48, 84, 60];
/** Messages of a sustain pedal that is pressed and released. */
const TAP = [127, 0].map((value) => [MIDI_STATUS.control, SUSTAIN_PEDAL, value]);
const VELOCITY = 80;

/** Three octaves of keys for the pointer and for the keys of a computer. */
function Keys({ onPlay }: { readonly onPlay: (message: readonly number[]) => void }): JSX.Element {
  const down = useSignal<ReadonlySet<number>>(new Set());
  const press = (pitch: number) => {
    if (down.value.has(pitch)) return;
    down.value = new Set([...down.value, pitch]);
    onPlay([MIDI_STATUS.noteOn, pitch, VELOCITY]);
  };
  const release = (pitch: number) => {
    if (!down.value.has(pitch)) return;
    down.value = new Set([...down.value].filter((other) => other !== pitch));
    onPlay([MIDI_STATUS.noteOff, pitch, 0]);
  };
  const pitchOf = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): number | undefined => {
    const index = COMPUTER_KEYS.indexOf(key.toLowerCase());
    return index < 0 || ctrlKey || metaKey || altKey ? undefined : MIDDLE_C + index;
  };
  return (
    <div
      class="keys"
      role="group"
      tabIndex={0}
      aria-label="Piano keys; A to L of the computer's keyboard play from C4 on, and Space is the pedal"
      onKeyDown={(event) => {
        if (event.key === ' ' && !event.repeat) for (const message of TAP) onPlay(message);
        const pitch = pitchOf(event);
        if (pitch !== undefined) press(pitch);
        if (pitch !== undefined || event.key === ' ') event.preventDefault();
      }}
      onKeyUp={(event) => release(pitchOf(event) ?? -1)}
      onBlur={() => down.value.forEach(release)}
    >
      {Array.from({ length: HIGHEST - LOWEST + 1 }, (_, i) => LOWEST + i).map((pitch) => (
        <button
          key={pitch}
          type="button"
          tabIndex={-1}
          class={`key${isBlackKey(pitch) ? ' key-black' : ''}${down.value.has(pitch) ? ' key-down' : ''}`}
          aria-label={pitchName(pitch)}
          onPointerDown={() => press(pitch)}
          onPointerUp={() => release(pitch)}
          onPointerLeave={() => release(pitch)}
        />
      ))}
    </div>
  );
}
