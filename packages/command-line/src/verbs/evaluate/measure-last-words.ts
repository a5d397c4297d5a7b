import { type AnyApp, scoreContinuation } from '@ramble/core';
import { unitScores } from '@ramble/core/training';
import { counted, messageOf } from '@ramble/core/files';

import type { FoundData } from '../../data/find-data.js';
import { readData } from '../../data/read-data.js';
import type { OpenModel } from '../../model/open-model.js';
import { UsageError } from '../../verb/exit-errors.js';
import type { DomainCall } from '../../verb/verb.js';
import { entropy } from './target-counts.js';
import { lastWordFeature } from '../../verb/evaluate-features.js';
import type { EvaluationReport } from './evaluation-report.js';

/**
 * Measures how often a model predicts the last word of a text: every token of the word must be the most probable
 * one. Papers count differently: `accuracy` and the perplexity of a word follow lm-evaluation-harness (task
 * `lambada_openai`); GPT-2's paper counts only the last token, as `lastToken` does.
 *
 * @throws UsageError for an app whose examples have no words; RangeError if no example has a last word; Error that
 *   names a document with fewer than two words.
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

type Split = NonNullable<ReturnType<typeof lastWordFeature.of>>;
type LastWord = NonNullable<ReturnType<Split>>;

/**
 * Yields the last word of each document, with the text before it.
 *
 * @throws Error that names the file and a document with fewer than two words.
 */
async function* readLastWords(
  app: AnyApp,
  split: Split,
  found: FoundData,
): AsyncGenerator<LastWord> {
  for (const file of found.files) {
    let number = 1;
    for await (const example of readData(app, { files: [file] })) {
      const last = splitAt(`${file.name}, document ${number}`, () => split(example));
      if (!last) continue; // a later part has the end of its document
      yield last;
      number++;
    }
  }
}

function splitAt(place: string, split: () => LastWord | undefined): LastWord | undefined {
  try {
    return split();
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(`${place}: ${reason.replace(/^text: /, '')}`, { cause: error });
  }
}
