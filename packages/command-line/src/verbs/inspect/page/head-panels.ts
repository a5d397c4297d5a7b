import type { ModelConfig } from '@ramble/core';
import type { PromptStudy } from '@ramble/core/study';

import { scoreTables } from './score-tables.js';
import { sentenceRow } from './sentence-row.js';
import { tokenText } from './token-text.js';

/** Maximum number of words in the sentences of all heads, and of cells in their tables. */
const WORDS = 2 ** 16;
const CELLS = 2 ** 17;
const TABLES = 3;
/** Tokens side by side. */
const [FEWEST, MOST] = [8, 16];

/** The panels of every head; the page shows the panels of the chosen head. */
export function headPanels(study: PromptStudy, model: Pick<ModelConfig, 'attention'>): string {
  const { attention } = study;
  const panels = attention.flatMap((heads, layer) => [
    `<div class="ofHead l${layer}">\n${sentencesOf(study, layer)}\n</div>`,
    ...heads.map((_, head) => {
      const tables = scoresOf(study, model, { layer, head });
      return `<div class="ofHead l${layer}h${head}">\n${tables}\n</div>`;
    }),
  ]);
  return panels.join('\n');
}

/** Sentences shaded by the last token's attention, one for each head of a layer. */
function sentencesOf({ tokens, attention }: PromptStudy, layer: number): string {
  const heads = attention.length * attention[0].length;
  const first = Math.max(0, tokens.length - Math.max(FEWEST, Math.floor(WORDS / heads)));
  const words = tokens.slice(first).map(({ word }) => tokenText(word));
  const rows = attention[layer].map((each, head) =>
    sentenceRow(`head ${head}`, words, each[tokens.length - 1].subarray(first)),
  );
  const note = first > 0 ? `, the last ${words.length} of ${tokens.length} tokens` : '';
  return `<table>\n<caption>The heads of layer ${layer}${note}</caption>\n${rows.join('\n')}\n</table>`;
}

function scoresOf(
  { tokens, attention, lastScores = [] }: PromptStudy,
  model: Pick<ModelConfig, 'attention'>,
  { layer, head }: { layer: number; head: number },
): string {
  const heads = attention.length * attention[0].length;
  const most = Math.floor(Math.sqrt(CELLS / (TABLES * heads)));
  const shown = Math.min(MOST, Math.max(FEWEST, most), tokens.length);
  const words = tokens.slice(-shown).map(({ word }) => tokenText(word));
  const { scores, masked, weights } = lastScores[layer][head];
  const corner = (rows: readonly Float32Array[]): Float32Array[] =>
    rows.slice(-shown).map((row) => row.slice(-shown));
  const note = shown < tokens.length ? ` Of the last ${shown} of ${tokens.length} tokens.` : '';
  return [
    `<h2>Scores of layer ${layer}, head ${head}</h2>`,
    `<p>A row for each token that attends, a column for each that it may attend to.${note}</p>`,
    scoreTables(words, [scores, masked, weights].map(corner), model),
  ].join('\n');
}
