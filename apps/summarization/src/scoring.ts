import type { OutputScore, OutputScoring } from '@ramble/core';
import { corpusRouge, ROUGE_MEASURES } from '@ramble/metrics';
import {
  EXTRACTORS,
  type SummarizationExample,
  type SummarizationPrompt,
  wordsOf,
} from '@ramble/summarization';

import { lengthRatio, novelShare } from './compare-texts.js';

/** Names of the measures as papers write them. */
const NAMES = { rouge1: 'ROUGE-1', rouge2: 'ROUGE-2', rougeL: 'ROUGE-L', rougeLsum: 'ROUGE-Lsum' };
/** Documents that a mean length is taken from. */
const SOME = 2000;

/** Summaries beside those of the data: ROUGE, what is new in them, and how long they are. */
export const SCORING: OutputScoring<SummarizationExample, SummarizationPrompt, string> = {
  promptOf: ({ document }) => ({ document }),
  exampleOf: ({ document }, summary) => ({ document, summary }),
  score: (outputs, examples) => {
    const summaries = examples.map(({ summary }) => summary);
    const documents = examples.map(({ document }) => document);
    const rouge = corpusRouge(outputs, [summaries], { stemmer: true });
    return [
      ...ROUGE_MEASURES.map((measure) => ({
        name: NAMES[measure],
        score: 100 * rouge[measure].f1,
        signature: `F1 in percent|${rouge.signature}`,
      })),
      ...[1, 2, 3].map((order): OutputScore => ({
        name: `new ${order}-grams`,
        score: 100 * novelShare(outputs, documents, order),
        signature: 'in percent, those that are not in the document|tok:unicode',
      })),
      {
        name: 'length',
        score: lengthRatio(outputs, summaries),
        signature: 'words for each of the references|tok:unicode',
      },
    ];
  },
  baselines: async (examples, training) => {
    const count = Math.ceil(await meanWords(training ?? examples));
    return Object.entries(EXTRACTORS).map(([name, extract]) => ({
      name: name === 'lead sentence' ? name : `${name} (${count})`, // one sentence has no length asked of it
      outputs: examples.map(({ document }) => extract(document, count)),
    }));
  },
};

/** Mean number of words of a summary, over the first examples. */
async function meanWords(
  examples: AsyncIterable<SummarizationExample> | Iterable<SummarizationExample>,
): Promise<number> {
  let [words, count] = [0, 0];
  for await (const { summary } of examples) {
    words += wordsOf(summary).length;
    if (++count === SOME) break;
  }
  return words / count;
}
