import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import type { GenerateOptions, GenerationEvent } from './generation.js';
import { checkPrompt } from './prompt-window.js';
import { rulesOf } from './sampling-rules.js';
import { writeBeams } from './write-beams.js';
import { writeSequences } from './write-sequences.js';

/**
 * Goes on from one or several prompts, token by token.
 *
 * Tokens depend on the model, the prompt and the options alone: the n-th token of a prompt's i-th
 * output is drawn with the random number of (seed, i, n), whatever else is written beside it. Beams
 * report their outputs at the end, the best first.
 *
 * @param prompts - At least one token each; of a longer prompt than the context the end is read.
 * @throws TypeError or RangeError that names what is wrong with a prompt or an option.
 */
export async function* generate(
  model: Model,
  prompts: TokenPrompt | readonly TokenPrompt[],
  options: GenerateOptions = {},
): AsyncGenerator<GenerationEvent, void, undefined> {
  const { count = 1, batchSize = 16, stopWhen = () => false, timeLimit, ...sampling } = options;
  const rules = rulesOf(model.config.vocabSize, sampling);
  const { numBeams, method } = rules.config;
  checkCount('count', count);
  checkCount('batchSize', batchSize);
  if (numBeams > 1 && count > 1) {
    throw new RangeError(
      `count: expected 1 beside numBeams (${numBeams}), got ${count}; nBest asks for several`,
    );
  }
  if (method === 'greedy' && count > 1) {
    throw new RangeError(
      `count: expected 1 beside the method greedy, whose outputs would be the same, got ${count}`,
    );
  }
  const start = timeLimit?.clock.now() ?? 0;
  const isLate = (): boolean =>
    timeLimit !== undefined && timeLimit.clock.now() - start >= 1000 * timeLimit.seconds;
  const isOne = 'tokens' in prompts;
  const list = isOne ? [prompts] : prompts;
  if (list.length === 0) return;
  for (const [i, prompt] of list.entries()) {
    checkPrompt(isOne ? 'prompt' : `prompts[${i}]`, model.config, prompt);
  }
  const work = { model, prompts: list, count, batchSize, stopWhen, isLate, rules };
  yield* numBeams > 1 ? writeBeams(work) : writeSequences(work);
}

function checkCount(name: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`${name}: expected an integer of at least 1, got ${count}`);
  }
}
