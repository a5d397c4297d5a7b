import { scoreContinuation, unitScores } from '@ramble/core';
import { counted } from '@ramble/core/files';

import { UsageError } from '../../verb/exit-errors.js';
import type { DomainCall } from '../../verb/verb.js';
import type { FoundData } from '../../data/find-data.js';
import type { OpenModel } from '../../model/open-model.js';
import { entropy } from './entropy.js';
import type { EvaluationReport } from './evaluation-report.js';
import { readLastWords } from './read-last-words.js';
import { lastWordFeature } from './evaluate-features.js';

/**
 * How well a model knows the last word of each text, all of whose tokens must be its likeliest ones.
 * Papers count differently: `accuracy` and the perplexity a word are those of lm-evaluation-harness
 * (task `lambada_openai`); GPT-2's paper counts the last token alone, which is `lastToken`.
 *
 * @throws UsageError for an app whose examples have no words; RangeError where none has a last one; Error
 *   that names the document that has no two words.
 * @see Paperno et al. 2016, https://arxiv.org/abs/1606.06031
 * @see https://github.com/openai/gpt-2/issues/131, on how the paper counted
 */
export async function measureLastWords(
  { app, output, io, command }: Pick<DomainCall<object>, 'app' | 'output' | 'io' | 'command'>,
  { domain, model, step }: OpenModel,
  found: FoundData,
): Promise<EvaluationReport> {
  const split = lastWordFeature.of(app);
  if (!split || !domain.encodeOutput) {
    throw new UsageError(
      `--last-word: expected a domain whose examples have words, got ${command}`,
    );
  }
  const { vocabSize } = model.config;
  const counts = new Float64Array(vocabSize);
  let [words, right, tokens, read, nats] = [0, 0, 0, 0, 0];
  const lastToken = { right: 0, nats: 0 };
  const startMs = io.clock.now();
  for await (const last of readLastWords(app, split, found)) {
    const prompt = domain.encodePrompt(last.prompt);
    const word = domain.encodeOutput(last.output);
    const scored = scoreContinuation(model, prompt, word);
    for (const { logProbability } of scored) nats -= logProbability;
    for (const token of Array.from(word)) counts[token]++;
    if (scored.every(({ isLikeliest }) => isLikeliest)) right++;
    const final = scored[scored.length - 1];
    if (final.isLikeliest) lastToken.right++;
    lastToken.nats -= final.logProbability;
    words++;
    tokens += word.length;
    read += prompt.tokens.length + word.length - 1;
    output.progress(
      `evaluating: ${counted(words, 'word')}, ${Math.round((100 * right) / words)} % right`,
    );
  }
  if (words === 0) throw new RangeError('data: expected a text with a last word, got none');
  return {
    loss: nats / tokens,
    tokens,
    scores: unitScores(nats, { word: words }),
    lastWord: {
      words,
      accuracy: right / words,
      lastToken: {
        accuracy: lastToken.right / words,
        perplexity: Math.exp(lastToken.nats / words),
      },
    },
    baselines: { uniform: Math.log(vocabSize), unigram: entropy(counts), countedIn: 'measured' },
    tokensPerSecond: (1000 * read) / (io.clock.now() - startMs),
    step,
  };
}
