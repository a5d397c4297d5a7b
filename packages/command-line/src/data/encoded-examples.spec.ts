import { randomAt, type TokenExample } from '@ramble/core';

import { encodedExamples } from './encoded-examples.js';

const encode = (tokens: readonly number[]): TokenExample => ({ tokens, lossWeights: tokens });
const domain = { encodeExample: (example: unknown) => encode(example as number[]) };
const options = { contextLength: 2, flag: 'valid' };
const random = randomAt({ seed: 1, purpose: 'augment', step: 0 });

async function read(source: ReturnType<typeof encodedExamples>): Promise<number[][]> {
  const all = Array.from({ length: source.length }, (_, i) => source.read(i));
  return (await Promise.all(all)).map(({ tokens }) => Array.from(tokens));
}

describe('encodedExamples', () => {
  it('gives each example as a sequence', async () => {
    const source = encodedExamples(
      domain,
      [
        [1, 2, 3],
        [4, 5],
      ],
      options,
    );
    expect(await read(source)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect([source.lengthOf(0), source.lengthOf(1)]).toEqual([3, 2]);
  });

  it('gives sequences that do not attend to one another apart, and counts them as cut only if one is long', async () => {
    const starts = [0, 3];
    const apart = {
      encodeExample: (example: unknown) => ({ ...encode(example as number[]), starts }),
    };
    const source = encodedExamples(apart, [[1, 2, 3, 4, 5]], options);
    expect(await read(source)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect([source.examples, source.cut]).toEqual([1, 0]);
  });

  it('keeps a pair of answers together, with the first segment of each, or leaves it out', async () => {
    const encodeExample = (example: unknown): TokenExample => {
      const [chosen, rejected] = example as [number[], number[]];
      return { ...encode(chosen), rejected: encode(rejected) };
    };
    const segments = ({ tokens }: TokenExample): TokenExample[] =>
      tokens[0] === 9 ? [] : [encode(Array.from(tokens).slice(0, 3)), encode([7, 7])];
    const examples = [
      [
        [1, 2],
        [3, 4, 5],
      ],
      [
        [1, 2],
        [3, 4, 5, 6],
      ],
      [
        [1, 2],
        [9, 4, 5, 6],
      ],
      [
        [9, 2, 3, 4],
        [1, 2],
      ],
    ];
    const source = encodedExamples({ encodeExample, segments }, examples, options);
    const pairs = await Promise.all([0, 1].map((i) => source.read(i)));
    expect(pairs).toEqual([
      { ...encode([1, 2]), rejected: encode([3, 4, 5]) },
      { ...encode([1, 2]), rejected: encode([3, 4, 5]) },
    ]);
    expect([source.length, source.examples, source.cut]).toEqual([2, 2, 1]);
    expect(source.lengthOf(0)).toBe(3);
  });

  it('gives examples with the same prompt the same hash, however they are cut', () => {
    const encodeExample = (example: unknown): TokenExample => {
      return { ...encode(example as number[]), outputStart: 2 };
    };
    const segments = ({ tokens }: TokenExample): TokenExample[] => [
      encode(Array.from(tokens).slice(1)),
    ];
    const examples = [
      [1, 2, 3],
      [1, 2, 4, 5],
      [2, 2, 3],
    ];
    const { prompts } = encodedExamples({ encodeExample, segments }, examples, options);
    expect(prompts[1]).toBe(prompts[0]);
    expect(prompts[2]).not.toBe(prompts[0]);
  });

  it("cuts long examples into the domain's segments", async () => {
    const segments = ({ tokens }: TokenExample): TokenExample[] => {
      const ids = Array.from(tokens);
      return [encode(ids.slice(0, 3)), encode(ids.slice(3))];
    };
    const source = encodedExamples(
      { ...domain, segments },
      [
        [1, 2],
        [3, 4, 5, 6, 7],
      ],
      options,
    );
    expect(await read(source)).toEqual([
      [1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
    expect([source.examples, source.cut]).toEqual([2, 1]);
  });

  it('varies examples in training only, and keeps one that a variation drops', async () => {
    const augment = (example: unknown): unknown => {
      const tokens = example as number[];
      return tokens[0] === 1 ? tokens.map((id) => id + 10) : undefined;
    };
    const source = encodedExamples(
      { ...domain, augment },
      [
        [1, 2],
        [3, 4],
      ],
      options,
    );
    expect((await source.read(0, random)).tokens).toEqual([11, 12]);
    expect((await source.read(1, random)).tokens).toEqual([3, 4]);
    expect((await source.read(0)).tokens).toEqual([1, 2]);
  });

  it('names the example that is too long or too short', () => {
    expect(() =>
      encodedExamples(
        domain,
        [
          [1, 2],
          [1, 2, 3, 4],
        ],
        options,
      ),
    ).toThrow(
      new RangeError(
        'valid: expected examples of at most 3 tokens (contextLength + 1), got one of 4 (example 2); use a longer context',
      ),
    );
    expect(() => encodedExamples(domain, [[1]], options)).toThrow(
      new RangeError('valid: expected examples of at least 2 tokens, got one of 1 (example 1)'),
    );
  });
});
