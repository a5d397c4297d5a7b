import { finished, maskEffect, measureCircuits } from '@ramble/core/study';

import { lettersModel, openModels } from '../../test/letters-model.js';
import type { CircuitsEvent } from '../contract.js';
import { explorerCalls } from '../explorer-calls.js';
import { pageTokens } from '../models/page-token.js';

const letters = lettersModel();
const mixed = lettersModel({ id: 'mixed', attention: 'causal,local', localBlock: 4 });
const relative = lettersModel({ id: 'relative', attention: 'relative' });
const calls = explorerCalls(openModels(letters, mixed, relative));
const prompt = { tokens: [2, 0, 11, 11, 26, 12, 4] };
const corrupted = { tokens: [2, 0, 11, 19, 26, 12, 4] };

async function eventsOf(asked: object, signal?: AbortSignal): Promise<CircuitsEvent[]> {
  const events = [];
  const question = { model: 'letters', prompt, ...asked };
  for await (const event of calls.streamed.circuits(question, signal)) events.push(event);
  return events;
}

describe('circuits', () => {
  it.each([
    [{ attribute: true }],
    [{ ablate: 'zero', answer: 3, other: 5 }],
    [{ ablate: 'mean', attribute: true }],
    [{ corrupted }],
    [{ corrupted, answer: 4, other: 9 }],
    [{ headScores: true }],
    [{}],
  ] as const)('equal the result of measureCircuits for %j', async (request) => {
    for (const explored of [letters, mixed]) {
      const events = await eventsOf({ ...request, model: explored.id });
      const { answer, other, ...rest } = finished(measureCircuits(explored.model, prompt, request));
      const describe = pageTokens(explored);
      expect(events.at(-1)).toEqual({
        kind: 'circuits',
        circuits: {
          ...rest,
          ...(answer !== undefined && { answer: describe(answer) }),
          ...(other !== undefined && { other: describe(other) }),
        },
      });
    }
  });

  it('can have the effect of the mask alone', async () => {
    const { model, domain } = letters;
    const { tokens } = finished(maskEffect(model, prompt, domain.vocabulary));
    const events = await eventsOf({ unmasked: true });
    expect(events.at(-1)).toEqual({ kind: 'circuits', circuits: { maskEffect: tokens } });
  });

  it('reports progress that rises to the whole', async () => {
    const progress = (await eventsOf({ ablate: 'zero' })).slice(0, -1);
    const done = progress.map((event) => (event.kind === 'progress' ? event.done : NaN));
    expect(done.length).toBeGreaterThan(3);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(progress.at(-1)).toMatchObject({ done: done.at(-1), total: done.at(-1) });
  });

  it('has at most 200 events of progress', async () => {
    const tokens = Array.from({ length: 24 }, (_, i) => i);
    const other = { tokens: tokens.map((id) => (id * 7) % 26) };
    const wide = lettersModel({ id: 'wide', nHead: 6, nLayer: 6 });
    const { streamed } = explorerCalls(openModels(wide));
    let progress = 0;
    const asked = { model: 'wide', prompt: { tokens }, corrupted: other };
    for await (const { kind } of streamed.circuits(asked)) if (kind === 'progress') progress++;
    expect(progress).toBeGreaterThan(100);
    expect(progress).toBeLessThanOrEqual(201);
  });

  it('stop between two passes if the question is no longer asked', async () => {
    const abort = new AbortController();
    const asked = { model: 'letters', prompt, ablate: 'zero' };
    const events = calls.streamed.circuits(asked, abort.signal)[Symbol.asyncIterator]();
    expect(await events.next()).toMatchObject({ value: { kind: 'progress' } });
    abort.abort(new Error('gone'));
    await expect(events.next()).rejects.toThrow('gone');
  });

  it.each([
    [{ ablate: 'one' }, 'ablate: expected zero or mean, got "one"'],
    [{ attribute: 1 }, 'attribute: expected true or false, got 1'],
    [{ answer: 28, attribute: true }, 'answer: expected an integer from 0 to 27, got 28'],
    [{ other: -1 }, 'other: expected an integer of at least 0, got -1'],
    [{ corrupted: { tokens: [1, 99] } }, 'corrupted: expected ids from 0 to 27, got 99'],
    [{ corrupted: { tokens: [1, 2] } }, /corrupted: expected .*7 tokens/],
    [{ prompt: { tokens: [99] } }, 'prompt: expected ids from 0 to 27, got 99'],
    [{ model: 'relative', unmasked: true }, /attention: expected causal, .* got relative/],
  ])('refuse %j', async (wrong, message) => {
    await expect(eventsOf(wrong)).rejects.toThrow(message);
  });
});
