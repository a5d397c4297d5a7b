import type { ModelView, WrittenToken } from '@ramble/explorer';

import type { Session } from '../state/session.js';
import { keepWriting, restoreWriting } from './kept-writings.js';
import { Output } from './output.js';
import { Writing } from './writing.js';

const model = { id: 'book', chats: true, joins: true, continues: true } as ModelView;
const session = {} as Session; // nothing is asked of it
const token = (id: number): WrittenToken => {
  const likely = { id, word: `" ${id}"`, text: ` ${id}`, probability: 0.25, rank: 2 };
  return { ...likely, entropy: 1.5, alternatives: [{ ...likely, id: id + 1 }] };
};

/** A writing with a conversation, and an output of this many tokens. */
function written(count: number): Writing {
  const writing = new Writing(session, model);
  const output = new Output();
  output.text.append(Array.from({ length: count }, (_, i) => token(i)));
  output.reason.value = 'length';
  writing.given.value = { text: 'Call me' };
  writing.fields.value = { topK: '5' };
  writing.encoded.value = { prompt: { tokens: [1, 2] }, tokens: [] };
  writing.outputs.value = [output];
  writing.conversation.say('Hi', '');
  return writing;
}

/** The storage of a tab with space for so many characters. */
function storageOf(room: number) {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    removeItem: (key: string) => void kept.delete(key),
    setItem: (key: string, value: string) => {
      if (value.length > room) throw new Error('full');
      kept.set(key, value);
    },
  };
}

describe('keepWriting', () => {
  beforeAll(() => Object.assign(globalThis, { location: { pathname: '/explore/' } }));
  afterAll(() => Object.assign(globalThis, { location: undefined }));

  /** The writing that a storage of this size returns after a reload. */
  function afterReload(writing: Writing, room: number): Writing {
    const storage = storageOf(room);
    keepWriting(written(1), storage); // an earlier load, which is replaced
    keepWriting(writing, storage);
    const next = new Writing(session, model);
    restoreWriting(next, storage);
    return next;
  }

  it('keeps the form, the conversation and the outputs with all that is known of tokens', () => {
    const writing = written(3);
    const next = afterReload(writing, Infinity);
    for (const name of ['given', 'fields', 'count', 'encoded'] as const) {
      expect(next[name].value).toEqual(writing[name].value);
    }
    expect(next.conversation.turns.value).toEqual([{ role: 'user', content: 'Hi' }]);
    const [output] = next.outputs.value;
    expect(output!.text.tokens).toEqual([0, 1, 2].map(token));
    expect(output!.reason.value).toBe('length');
    expect(next.promptWith(0)).toEqual({ tokens: [1, 2, 0, 1, 2] });
  });

  it('leaves the alternatives out if the storage is too small for them', () => {
    const next = afterReload(written(100), 15_000);
    const tokens = next.outputs.value[0]?.text.tokens ?? [];
    expect(tokens).toEqual(
      Array.from({ length: 100 }, (_, i) => ({ ...token(i), alternatives: [] })),
    );
  });

  it('keeps earlier outputs without alternatives, and leaves the oldest out if the storage is too small', () => {
    const writing = written(2);
    for (let i = 0; i < 15; i++) writing.earlier.keep();
    expect(writing.earlier.entries.value).toHaveLength(12);
    const all = afterReload(writing, Infinity).earlier.entries.value;
    expect(all).toHaveLength(12);
    expect(all[0]?.form.outputs[0]?.tokens[0]).toEqual({ ...token(0), alternatives: [] });
    const some = afterReload(writing, 4000).earlier.entries.value;
    expect(some.length).toBeGreaterThan(0);
    expect(some).toEqual(all.slice(-some.length));
    expect(afterReload(writing, 1000).earlier.entries.value).toEqual([]);
  });

  it('leaves the outputs out, then the other versions, if the storage is too small for a piece', () => {
    const writing = written(100);
    const version = (name: string) => ({ name, base64: name.repeat(1000) });
    writing.history.value = { versions: [version('a'), version('b'), version('c')], at: 1 };
    const whole = afterReload(writing, 5000);
    expect(whole.history.value).toEqual(writing.history.value);
    expect([whole.outputs.value, whole.given.value]).toEqual([[], { text: 'Call me' }]);
    const current = afterReload(writing, 2500);
    expect(current.history.value).toEqual({ versions: [version('b')], at: 0 });
  });

  it('stores nothing, and removes the earlier state, if the storage is too small for the rest', () => {
    const next = afterReload(written(100), 1000);
    expect(next.outputs.value).toEqual([]);
    expect(next.conversation.turns.value).toEqual([]);
  });
});
