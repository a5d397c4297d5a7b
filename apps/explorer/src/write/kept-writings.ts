import type { ModelView, PagePrompt, WrittenToken } from '@ramble/explorer';
import { batch } from '@preact/signals';

import type { Session } from '../state/session.js';
import { Output } from './output.js';
import { Writing } from './writing.js';

/** An output in the storage of the tab. */
interface KeptOutput {
  readonly tokens: readonly WrittenToken[];
  readonly reason: string;
  readonly score?: number;
  readonly kept?: number;
  /** The prompt of an answer of a conversation. */
  readonly prompt?: PagePrompt;
}

/** Names of the signals of `Writing` that are stored. */
const SIGNALS = [
  ...(['given', 'fields', 'count', 'encoded', 'promptText', 'beamSteps', 'beamStart'] as const),
  ...(['history'] as const),
];
type Signals = Pick<Writing, (typeof SIGNALS)[number]>;
type Values = { readonly [Name in keyof Signals]: Signals[Name]['value'] };

/** State of the view Write for a model, as stored for the tab. */
type KeptWriting = Values & {
  readonly isChat: boolean;
  readonly turns: Writing['conversation']['turns']['value'];
  readonly system: string;
  readonly outputs: readonly KeptOutput[];
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
 * Stores the outputs for the next load of the page. If the storage is too small, the alternatives of tokens are left
 * out, then all outputs, if there is a piece of music, then its other versions. If it is still too small, nothing is
 * stored.
 */
export function keepWriting(
  writing: Writing,
  storage: Pick<Storage, 'setItem' | 'removeItem'>,
): void {
  const key = keyOf(writing);
  const whole = keptForm(writing);
  const outputs = whole.outputs.map(({ tokens, ...output }) => {
    return { ...output, tokens: tokens.map((token) => ({ ...token, alternatives: [] })) };
  });
  storage.removeItem(key);
  for (const form of [whole, { ...whole, outputs }, ...pieceForms(whole)]) {
    try {
      storage.setItem(key, JSON.stringify(form));
      return;
    } catch {
      // The storage is full.
    }
  }
}

/** Returns smaller forms with the piece of music alone; none without a piece. */
function pieceForms(form: KeptWriting): KeptWriting[] {
  const { versions, at } = form.history;
  const current = versions.slice(at, at + 1);
  if (current.length === 0) return [];
  const others = { encoded: undefined, promptText: '', beamSteps: [], turns: [], outputs: [] };
  const alone = { ...form, ...others, given: { text: form.given.text } };
  return [alone, { ...alone, history: { versions: current, at: 0 } }];
}

function keptForm(writing: Writing): KeptWriting {
  const { isOn, turns, system } = writing.conversation;
  const values = SIGNALS.map((name) => [name, writing[name].peek()]);
  return {
    ...(Object.fromEntries(values) as Values), // of these names
    ...{ isChat: isOn.peek(), turns: turns.peek(), system: system.peek() },
    outputs: writing.outputs.peek().map(({ text, reason, score, kept, encoded }) => {
      const { prompt } = encoded.peek() ?? {};
      return {
        ...{ tokens: text.tokens, reason: reason.peek() },
        ...{ score: score.peek(), kept: kept.peek(), ...(prompt && { prompt }) },
      };
    }),
  };
}

/** Restores a writing from the storage, if it was stored. */
export function restoreWriting(writing: Writing, storage: Pick<Storage, 'getItem'>): void {
  const stored = storage.getItem(keyOf(writing));
  if (stored === null) return;
  const form = JSON.parse(stored) as KeptWriting; // as it was stored
  batch(() => {
    const { conversation } = writing;
    for (const name of SIGNALS) if (name in form) writing[name].value = form[name]; // of this signal
    conversation.isOn.value = form.isChat;
    conversation.turns.value = form.turns;
    conversation.system.value = form.system;
    writing.outputs.value = form.outputs.map(({ tokens, reason, score, kept, prompt }) => {
      const output = new Output();
      output.text.append(tokens);
      output.reason.value = reason;
      output.score.value = score;
      output.kept.value = kept;
      output.artifact.value = form.encoded?.answer;
      output.encoded.value = prompt && { prompt, tokens: [] };
      return output;
    });
  });
  void writing.showArtifacts();
}

function keyOf({ model }: Pick<Writing, 'model'>): string {
  return `ramble-explorer-outputs ${location.pathname} ${model.id}`;
}
