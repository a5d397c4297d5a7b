import type { WriteEvent, WrittenToken } from '@ramble/explorer';
import { batch, type Signal } from '@preact/signals';

import { type BeamStep, Output } from './output.js';

/** What events change. */
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

/** A beam search with `nBest` has more outputs than were asked for. */
function outputAt({ outputs }: Pick<Shown, 'outputs'>, place: number): Output {
  const found = outputs.peek()[place];
  if (found) return found;
  outputs.value = [...outputs.peek(), new Output()];
  return outputAt({ outputs }, place);
}
