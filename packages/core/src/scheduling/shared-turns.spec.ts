import { createModel } from '../model/model.js';
import { createScheduler, type Scheduler } from './scheduler.js';

const shape = { vocabSize: 13, contextLength: 48, nLayer: 2, nHead: 3, nEmbd: 12 };
const model = createModel(shape, { seed: 5 });
const PART = 3;

/** Output of a request, and the number of model steps until its first token. */
interface Turn {
  readonly tokens: readonly number[];
  readonly firstLogits: Float32Array;
  readonly steps: number;
}

interface TurnOptions {
  readonly count?: number;
  readonly sharing?: 'tokens' | 'parts';
}

/** Generates tokens after a prompt with greedy sampling. */
function turn(
  scheduler: Scheduler,
  prompt: readonly number[],
  { count = 5, sharing = 'tokens' }: TurnOptions = {},
): Turn {
  const tokens: number[] = [];
  let firstLogits = new Float32Array();
  let [steps, isDone] = [0, false];
  const sequence = {
    choose: (logits: Float32Array) => {
      if (tokens.length === 0) firstLogits = logits.slice();
      const token = logits.indexOf(Math.max(...logits));
      tokens.push(token);
      isDone = tokens.length === count;
      return isDone ? undefined : token;
    },
    fail: (error: unknown) => {
      throw error;
    },
  };
  scheduler.add({ prompt: { tokens: prompt }, sequences: [sequence], sharing });
  while (!isDone) {
    if (tokens.length === 0) steps++;
    scheduler.step();
  }
  return { tokens, firstLogits, steps };
}

function schedulerOf(batchSize = 2): Scheduler {
  return createScheduler(model, { batchSize, promptTokensPerStep: PART });
}

const FIRST = [1, 2, 3, 4, 5, 6, 7, 8];

describe('turns that share tokens', () => {
  it('read only new tokens, and generate the same as without sharing', () => {
    const scheduler = schedulerOf();
    let prompt: readonly number[] = FIRST;
    expect(turn(schedulerOf(), prompt).steps).toBe(3); // of three tokens each
    for (let number = 0; number < 4; number++) {
      const { tokens, steps, firstLogits } = turn(scheduler, prompt);
      const alone = turn(schedulerOf(), prompt);
      if (number > 0) expect(steps).toBe(1);
      expect(tokens).toEqual(alone.tokens);
      const farthest = Math.max(...firstLogits.map((x, i) => Math.abs(x - alone.firstLogits[i])));
      expect(farthest).toBeLessThan(1e-5);
      prompt = [...prompt, ...tokens, 9]; // the model never read the last token of an answer
    }
  });

  it('reuse the cache up to the first different token, as after an edited answer', () => {
    const scheduler = schedulerOf();
    const { tokens } = turn(scheduler, FIRST);
    const prompt = [...FIRST, tokens[0], tokens[1], 12, 11];
    const { steps, tokens: next } = turn(scheduler, prompt);
    expect(steps).toBe(1);
    expect(next).toEqual(turn(schedulerOf(), prompt).tokens);
  });

  it('keep the slot of another conversation with the same start, while other slots are free', () => {
    const scheduler = schedulerOf(3);
    const long = [...FIRST, ...FIRST, ...FIRST, ...FIRST];
    const { tokens } = turn(scheduler, long);
    for (const other of [10, 11, 12]) {
      expect(turn(scheduler, [...FIRST, other]).steps).toBe(1);
      expect(turn(scheduler, [...long, ...tokens, other]).steps).toBe(1);
    }
  });

  it('share nothing with requests that must round as they would alone', () => {
    const scheduler = schedulerOf(1);
    const { tokens } = turn(scheduler, FIRST);
    const prompt = [...FIRST, ...tokens, 9, 10, 11, 12];
    turn(scheduler, prompt);
    const { firstLogits, steps } = turn(scheduler, [...prompt, 1], { sharing: 'parts' });
    const alone = turn(schedulerOf(), [...prompt, 1], { sharing: 'parts' });
    expect(firstLogits).toEqual(alone.firstLogits);
    expect([steps, alone.steps]).toEqual([4, 6]); // six tokens were read in whole parts
  });
});
