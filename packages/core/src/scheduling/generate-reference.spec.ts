import { generationGpt2 } from '../../test/generation-gpt2.js';
import { readJson } from '../../test/read-fixture.js';
import type { SamplingConfig } from '../config/sampling-config.js';
import { advance } from '../model/advance.js';
import { createKvCache } from '../model/kv-cache.js';
import type { FinishedBeam } from '../sampling/beams.js';
import { rulesOf } from '../sampling/sampling-rules.js';
import { generate } from './generate.js';
import type { GenerateOptions } from './generation.js';
import { sampledOutput, searchedOutput } from './outputs.js';
import { createScheduler } from './scheduler.js';

interface FixtureOptions {
  readonly maxNewTokens: number;
  readonly eosIds?: number[] | null;
  readonly minNewTokens?: number;
  readonly repetitionPenalty?: number;
  readonly noRepeatNgramSize?: number;
  readonly badWords?: number[][];
  readonly numBeams?: number;
  readonly lengthPenalty?: number;
  readonly lengthPenaltyKind?: SamplingConfig['lengthPenaltyForm'];
  readonly earlyStopping?: boolean | 'never';
  readonly numReturnSequences?: number;
}
interface Greedy {
  readonly prompt: number[];
  readonly options: FixtureOptions;
  readonly output: number[];
  readonly finish: 'eos' | 'length';
}
interface Beam {
  readonly prompt: number[];
  readonly options: FixtureOptions;
  readonly hypotheses: { ids: number[]; logProb?: number; score: number; finish?: string }[];
}
interface Padded {
  readonly input: number[][];
  readonly attentionMask: number[][];
  /** Logits after the last token of each row. */
  readonly lastLogits: number[][];
  readonly maxNewTokens: number;
  readonly output: number[][];
}
const greedy = readJson('generation/greedy.json') as { cases: Greedy[] }; // the README of fixtures
const beam = readJson('generation/beam.json') as { cases: Beam[]; gnmt: Beam[] }; // likewise
const padded = readJson('generation/left-padding.json') as { cases: Padded[] }; // likewise

const model = generationGpt2();

/** An output in Hugging Face's form, whose last token is the stop token. */
interface Output {
  readonly ids: number[];
  readonly logProb: number;
  readonly score?: number;
  readonly finish: string;
}

async function outputsOf(prompts: number[][], options: GenerateOptions): Promise<Output[]> {
  const outputs: { ids: number[]; logProb: number; score?: number; finish: string }[] = [];
  const batch = prompts.map((tokens) => ({ tokens }));
  for await (const event of generate(model, batch, { method: 'greedy', ...options })) {
    const output = (outputs[event.sequence] ??= { ids: [], logProb: 0, finish: '' });
    if ('token' in event) {
      output.ids.push(event.token);
      output.logProb += event.logProbability;
    }
    if (event.kind !== 'end') continue;
    output.finish = event.reason === 'stop' ? 'eos' : event.reason;
    output.score = event.score;
  }
  return outputs;
}

function optionsOf({
  eosIds,
  badWords,
  earlyStopping = false,
  lengthPenaltyKind = 'power',
  numReturnSequences = 1,
  ...same
}: FixtureOptions): GenerateOptions {
  return {
    ...same,
    stopTokens: eosIds ?? [],
    blockedSequences: badWords,
    earlyStopping: String(earlyStopping) as SamplingConfig['earlyStopping'], // 'true', 'false', 'never'
    lengthPenaltyForm: lengthPenaltyKind,
    nBest: numReturnSequences,
  };
}

const named = <Case extends { prompt: number[]; options: object }>(
  cases: Case[],
): (readonly [string, Case])[] =>
  cases.map((each) => [`${each.prompt.join()} ${JSON.stringify(each.options)}`, each] as const);

describe("a scheduler that takes turns, against Hugging Face's generate,", () => {
  it('finds the same beams while it serves all requests and sampled outputs in one batch', () => {
    const cases = [...beam.cases, ...beam.gnmt];
    const scheduler = createScheduler(model, { batchSize: 16, promptTokensPerStep: 4 });
    const { vocabSize } = model.config;
    const onFail = (error: unknown): void => {
      throw error;
    };
    const found = cases.map((): FinishedBeam[] => []);
    for (const [i, { prompt, options }] of cases.entries()) {
      const searchRules = rulesOf(vocabSize, { method: 'greedy', ...optionsOf(options) });
      const onEnd = (beams: readonly FinishedBeam[]): void => void found[i].push(...beams);
      const search = { rules: searchRules, stopWhen: () => false, onEnd, onFail };
      const rules = rulesOf(vocabSize, { maxNewTokens: 5, seed: i });
      const sample = { rules, number: 0, onEvent: () => undefined, onFail };
      const tokens = { tokens: prompt };
      const sequences = [
        searchedOutput(model.decoder, tokens, search),
        sampledOutput(model.decoder, tokens, sample),
      ];
      scheduler.add({ prompt: tokens, sequences });
    }
    while (scheduler.step());
    for (const [i, { hypotheses, options }] of cases.entries()) {
      const stop = ({ end }: FinishedBeam): number[] => (end.reason === 'stop' ? [end.token] : []);
      const ids = found[i].map((each) => [...each.output, ...stop(each)]);
      expect([options, ids]).toEqual([options, hypotheses.map((each) => each.ids)]);
      for (const [rank, { score }] of hypotheses.entries()) {
        expect(found[i][rank].end.score).toBeCloseTo(score, 4);
      }
    }
  });
});

describe("generate, against Hugging Face's,", () => {
  it.each(named(greedy.cases))('generates the same tokens: %s', async (_, expected) => {
    const [{ ids, finish }] = await outputsOf([expected.prompt], optionsOf(expected.options));
    expect({ ids, finish }).toEqual({ ids: expected.output, finish: expected.finish });
  });

  it.each(named([...beam.cases, ...beam.gnmt]))(
    'finds the same outputs with beams: %s',
    async (_, { prompt, options, hypotheses }) => {
      const found = await outputsOf([prompt], optionsOf(options));
      expect(found.map(({ ids }) => ids)).toEqual(hypotheses.map(({ ids }) => ids));
      for (const [rank, { logProb, score, finish }] of hypotheses.entries()) {
        expect(found[rank].score).toBeCloseTo(score, 4);
        if (logProb !== undefined) expect(found[rank].logProb).toBeCloseTo(logProb, 4);
        if (finish !== undefined) expect(found[rank].finish).toBe(finish);
      }
    },
  );

  it.each(padded.cases)(
    'generates the same for several prompts in a batch as for each alone',
    async ({ input, attentionMask, lastLogits, maxNewTokens, output }) => {
      const prompts = input.map((ids, row) => ids.filter((_, i) => attentionMask[row][i] === 1));
      const cache = createKvCache(model.decoder, prompts.length, model.config.contextLength);
      const feeds = prompts.map((tokens, slot) => ({ slot, tokens }));
      const logits = advance(model, cache, feeds, { logits: 'last' });
      expect(logits).toBeAllClose(Float32Array.from(lastLogits.flat()), { rtol: 0, atol: 1e-4 });
      const together = await outputsOf(prompts, { maxNewTokens });
      expect(together.map(({ ids }) => ids)).toEqual(output);
    },
  );

  it('finds the same beams for several prompts as for each prompt alone', async () => {
    const prompts = [
      [19, 27],
      [12, 13, 1, 7],
      [23, 3, 7, 4, 5, 15, 25],
    ];
    const options = { numBeams: 3, nBest: 3, maxNewTokens: 9, stopTokens: [18] };
    const alone = await Promise.all(prompts.map((prompt) => outputsOf([prompt], options)));
    expect(await outputsOf(prompts, options)).toEqual(alone.flat());
    expect(await outputsOf(prompts, { ...options, batchSize: 6 })).toEqual(alone.flat());
  });
});
