import type { ModelView } from '@ramble/explorer';

import type { Session } from '../state/session.js';
import type { EarlierEntry } from './earlier-outputs.js';
import { Writing } from './writing.js';
import { formOf, withoutAlternatives, type WrittenForm } from './writing-state.js';

/** State of the view Write for a model, as stored for the tab. */
type KeptWriting = WrittenForm & {
  readonly history: Writing['history']['value'];
  readonly earlier?: readonly EarlierEntry[];
};

const writings = new WeakMap<Session, Map<string, Writing>>();

/**
 * Returns the state of the view Write for a model, as last stored. Outputs and conversations last as long as the tab,
 * across views, models and reloads.
 */
export function writingOf(session: Session, model: ModelView): Writing {
  const known = writings.get(session) ?? startKeeping(session);
  const found = known.get(model.id);
  if (found) {
    found.model = model;
    return found;
  }
  const writing = new Writing(session, model);
  restoreWriting(writing, sessionStorage);
  known.set(model.id, writing);
  return writing;
}

function startKeeping(session: Session): Map<string, Writing> {
  const known = new Map<string, Writing>();
  writings.set(session, known);
  addEventListener('pagehide', () => {
    for (const writing of known.values()) keepWriting(writing, sessionStorage);
  });
  return known;
}

/**
 * Stores the outputs for the next load of the page. Earlier outputs are stored without alternatives of tokens. If the
 * storage is too small, the alternatives of the current outputs are left out, then earlier outputs. If a piece of
 * music is edited, all outputs are left out next, then all versions of the piece except the current one. If the
 * storage is still too small, nothing is stored.
 */
export function keepWriting(
  writing: Writing,
  storage: Pick<Storage, 'setItem' | 'removeItem'>,
): void {
  const key = keyOf(writing);
  storage.removeItem(key);
  for (const form of formsToKeep(writing)) {
    try {
      storage.setItem(key, JSON.stringify(form));
      return;
    } catch {
      // The storage is full.
    }
  }
}

/** Yields versions of the state to store, each smaller than the preceding one. */
function* formsToKeep(writing: Writing): Generator<KeptWriting> {
  const entries = writing.earlier.entries.peek();
  const earlier = entries.map(({ time, form }) => ({ time, form: withoutAlternatives(form) }));
  const whole = { ...formOf(writing), history: writing.history.peek() };
  yield { ...whole, earlier };
  const small = { ...withoutAlternatives(whole), history: whole.history };
  for (let count = earlier.length; count > 0; count = Math.floor(count / 2)) {
    yield { ...small, earlier: earlier.slice(-count) };
  }
  yield small;
  yield* pieceForms(small);
}

/**
 * Returns smaller versions of the state with only the piece of music: first all versions of the piece, then only the
 * current one. Returns an empty array without a piece.
 */
function pieceForms(form: KeptWriting): KeptWriting[] {
  const { versions, at } = form.history;
  const current = versions.slice(at, at + 1);
  if (current.length === 0) return [];
  const others = {
    asked: undefined,
    encoded: undefined,
    promptText: '',
    beamSteps: [],
    turns: [],
    outputs: [],
  };
  const alone = { ...form, ...others, given: { text: form.given.text } };
  return [alone, { ...alone, history: { versions: current, at: 0 } }];
}

/** Restores the state of the view Write from the storage, if it was stored. */
export function restoreWriting(writing: Writing, storage: Pick<Storage, 'getItem'>): void {
  const stored = storage.getItem(keyOf(writing));
  if (stored === null) return;
  const form = JSON.parse(stored) as KeptWriting; // as it was stored
  writing.history.value = form.history;
  writing.earlier.entries.value = form.earlier ?? [];
  writing.show(form);
}

function keyOf({ model }: Pick<Writing, 'model'>): string {
  return `ramble-explorer-outputs ${location.pathname} ${model.id}`;
}
