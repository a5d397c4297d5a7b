import { batch, type Signal, signal } from '@preact/signals';
import type { ArtifactView, EncodeAnswer, WriteEvent, WrittenToken } from '@ramble/explorer';

import { OutputText } from './output-text.js';

/** A step of a beam search. */
export type BeamStep = Pick<Extract<WriteEvent, { readonly kind: 'beams' }>, 'beams'>;

/** An output during and after sampling. */
export class Output {
  readonly text = new OutputText();
  /** Reason for the end of the output, such as `stop` or `length`; empty while it is generated. */
  readonly reason = signal('');
  /** Score by which beam search ranked the output. */
  readonly score = signal<number | undefined>(undefined);
  /** Number of tokens that stayed in the context when the oldest ones were last dropped; `undefined` if none were. */
  readonly kept = signal<number | undefined>(undefined);
  /** The final form, if it differs from the tokens. */
  readonly artifact = signal<ArtifactView | undefined>(undefined);
  /** The prompt of an answer of a conversation; other outputs share the prompt of the writing. */
  readonly encoded = signal<EncodeAnswer | undefined>(undefined);

  /** Ids of the output's tokens. */
  get ids(): number[] {
    return this.text.tokens.map(({ id }) => id);
  }

  /** Clears the reason and the score of an output that continues. */
  reopen(): void {
    this.reason.value = '';
    this.score.value = undefined;
  }
}

/** A version of a piece of music: a MIDI file in base64. */
export interface PieceVersion {
  readonly name: string;
  readonly base64: string;
}

/** A piece of music that is worked on: its versions, and the index of the current one, -1 without any. */
export interface PieceHistory {
  readonly versions: readonly PieceVersion[];
  readonly at: number;
}

/** Adds a version after the version at the index `after`, and removes all later versions. */
export function withVersion(
  { versions }: PieceHistory,
  version: PieceVersion,
  after: number,
): PieceHistory {
  return { versions: [...versions.slice(0, after + 1), version], at: after + 1 };
}

/** State of the view Write that the events of sampling change. */
export interface Shown {
  readonly outputs: Signal<readonly Output[]>;
  readonly beamSteps: Signal<readonly BeamStep[]>;
  readonly speed: Signal<{ readonly tokens: number; readonly seconds: number } | undefined>;
}

/**
 * Applies events that arrived together, with a single redraw.
 *
 * @param placeOf - Returns the index at which an output is shown, by its number in the events.
 */
export function showEvents(
  shown: Shown,
  events: readonly WriteEvent[],
  placeOf: (output: number) => number,
): void {
  const added = new Map<Output, WrittenToken[]>();
  batch(() => {
    for (const event of events) {
      if (event.kind === 'beams') shown.beamSteps.value = [...shown.beamSteps.peek(), event];
      else if (event.kind === 'done') shown.speed.value = event;
      else showInOutput(outputAt(shown, placeOf(event.output)), event, added);
    }
    for (const [output, tokens] of added) output.text.append(tokens);
  });
}

function showInOutput(
  output: Output,
  event: Extract<WriteEvent, { readonly output: number }>,
  added: Map<Output, WrittenToken[]>,
): void {
  if (event.kind === 'token') {
    const tokens = added.get(output);
    if (tokens) tokens.push(event.token);
    else added.set(output, [event.token]);
  } else if (event.kind === 'slide') {
    output.kept.value = event.kept;
  } else {
    output.reason.value = event.reason;
    output.score.value = event.score;
  }
}

/**
 * Returns the output at an index; creates it if it is missing, because a beam search with `nBest` has more
 * than `count` outputs.
 */
function outputAt({ outputs }: Pick<Shown, 'outputs'>, place: number): Output {
  const found = outputs.peek()[place];
  if (found) return found;
  outputs.value = [...outputs.peek(), new Output()];
  return outputAt({ outputs }, place);
}
