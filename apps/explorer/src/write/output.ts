import { batch, type Signal, signal } from '@preact/signals';
import type { ArtifactView, ChatTurn, PageToken, WriteEvent, WrittenToken } from '@ramble/explorer';

import { OutputText } from './output-text.js';

/** A step of a beam search. */
export interface BeamStep {
  readonly beams: readonly {
    /** Index of the beam of the step before that this one continues. */
    readonly parent: number;
    readonly token: PageToken;
    readonly score: number;
  }[];
}

/** An output while it is written, and after. */
export class Output {
  readonly text = new OutputText();
  /** Why it ended: `stop`, `length`; empty while it is written. */
  readonly reason = signal('');
  /** The score that a beam was ranked by. */
  readonly score = signal<number | undefined>(undefined);
  /** Number of tokens that are in the model's view since its window slid. */
  readonly kept = signal<number | undefined>(undefined);
  /** The final form, where outputs have another than their tokens. */
  readonly artifact = signal<ArtifactView | undefined>(undefined);

  /** The ids of its tokens. */
  get ids(): number[] {
    return this.text.tokens.map(({ id }) => id);
  }

  /** Removes the end, because the output continues. */
  reopen(): void {
    this.reason.value = '';
    this.score.value = undefined;
  }
}

/** A conversation with a model whose vocabulary has a chat template. */
export class Conversation {
  /** Whether prompts are messages, and not beginnings of a text. */
  readonly isOn = signal(false);
  /** All messages so far, the last one the user's. */
  readonly turns = signal<readonly ChatTurn[]>([]);

  /**
   * Adds a message of the user.
   *
   * @param answer - The current text of the answer to the message before: its tokens may have been
   *   replaced.
   */
  say(message: string, answer: string): void {
    const before = this.turns.peek();
    const answered = before.length > 0 ? [...before, { role: 'assistant', content: answer }] : [];
    this.turns.value = [...answered, { role: 'user', content: message }];
  }

  /** Forgets all messages. */
  restart(): void {
    this.turns.value = [];
  }
}

/** State that events change. */
export interface Shown {
  readonly outputs: Signal<readonly Output[]>;
  readonly beamSteps: Signal<readonly BeamStep[]>;
  readonly speed: Signal<{ readonly tokens: number; readonly seconds: number } | undefined>;
}

/**
 * Shows events that came together; all that they change is drawn once.
 *
 * @param placeOf - The place where an output of the answer is shown.
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
 * The output at a place; created if it is missing, because a beam search with `nBest` has more than
 * `count`.
 */
function outputAt({ outputs }: Pick<Shown, 'outputs'>, place: number): Output {
  const found = outputs.peek()[place];
  if (found) return found;
  outputs.value = [...outputs.peek(), new Output()];
  return outputAt({ outputs }, place);
}
