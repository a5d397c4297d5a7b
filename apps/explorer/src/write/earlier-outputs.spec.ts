import type { ModelView, WrittenToken } from '@ramble/explorer';

import type { Session } from '../state/session.js';
import { Output } from './output.js';
import { Writing } from './writing.js';

const token = (id: number): WrittenToken => ({
  ...{ id, word: `" ${id}"`, text: ` ${id}`, probability: 0.25, rank: 2 },
  ...{ entropy: 1.5, alternatives: [] },
});

describe('EarlierOutputs', () => {
  const writing = new Writing({} as Session, { joins: true, continues: true } as ModelView);
  const ids = () => writing.outputs.value.map((output) => output.ids);
  const entries = () =>
    writing.earlier.entries.value.map(({ form }) =>
      form.outputs.map(({ tokens }) => tokens[0]?.id),
    );

  /** Replaces the outputs by one token, as a new request does. */
  function replace(id: number): void {
    writing.earlier.keep();
    writing.asked.value = { given: { text: `prompt ${id}` }, fields: {}, count: 1 };
    const output = new Output();
    output.text.append([token(id)]);
    writing.outputs.value = [output];
  }

  it('keeps nothing before the first output', () => {
    replace(1);
    expect(entries()).toEqual([]);
  });

  it('shows replaced outputs again with their prompt, and loses none', () => {
    replace(2);
    replace(3);
    writing.given.value = { text: 'the next prompt' };
    expect(entries()).toEqual([[1], [2]]);
    writing.earlier.undo();
    expect([ids(), writing.given.value.text]).toEqual([[[2]], 'prompt 2']);
    expect(entries()).toEqual([[3], [1]]);
    writing.earlier.undo();
    expect([ids(), writing.given.value.text]).toEqual([[[1]], 'prompt 1']);
    writing.earlier.show(writing.earlier.entries.value[1]!);
    expect([ids(), entries()]).toEqual([[[3]], [[2], [1]]]);
  });

  it('keeps the tokens of an output that is changed afterwards', () => {
    writing.earlier.keep();
    writing.outputs.value[0]?.text.truncate(0);
    writing.earlier.undo();
    expect(ids()).toEqual([[3]]);
  });
});
