import type { PromptStudy } from '@ramble/core/study';

import { headMap } from './head-map.js';

/** Maximum number of weights that the pictures of all heads draw: a page of some ten megabytes. */
const DRAWN = 2 ** 21;

/** CSS of the choice: the chosen picture has a frame, and the one with the keyboard's focus shows it. */
export const CHOICE_STYLE = `
.maps { display: flex; flex-wrap: wrap; gap: .35rem; align-items: center; margin-bottom: .35rem; }
.maps b { width: 4.5rem; font-size: .85rem; }
.maps label { width: 3.6rem; height: 3.6rem; border: 1px solid var(--line); cursor: pointer; position: relative; }
.maps label:has(:checked) { outline: 3px solid rgb(217 72 15); }
.maps label:has(:focus-visible) { outline-style: double; outline-width: 6px; }
.maps input { position: absolute; opacity: 0; inset: 0; margin: 0; width: 100%; height: 100%; cursor: pointer; }
.maps svg { display: block; width: 100%; height: 100%; shape-rendering: crispEdges; }
@media (max-width: 480px) { .maps b { width: 100%; } }
`;

/**
 * Shows every head as a small picture of all tokens' attention. Choosing a head shows its panels, which are
 * next to the pictures. Radio buttons and CSS do it, without a script.
 */
export function headChoice({ tokens, attention, scoreTable }: PromptStudy): string {
  const heads = attention.length * attention[0].length;
  const first = Math.max(0, tokens.length - Math.floor(Math.sqrt(DRAWN / heads)));
  const note = first > 0 ? ` The last ${tokens.length - first} of ${tokens.length} tokens.` : '';
  const maps = attention.map((each, layer) => {
    const pictures = each.map((whole, head) => {
      const rows = whole.slice(first).map((row) => row.subarray(first));
      const isChosen = layer === scoreTable.layer && head === scoreTable.head;
      const input = `<input type="radio" name="head" id="h${layer}-${head}"${isChosen ? ' checked' : ''} aria-label="layer ${layer}, head ${head}">`;
      return `<label>${input}${headMap(rows, `layer ${layer}, head ${head}`)}</label>`;
    });
    return `<div class="maps"><b>layer ${layer}</b>${pictures.join('')}</div>`;
  });
  return [
    '<h2>What every token attends to, head by head</h2>',
    `<p>A row for each token that attends, the first on top; a column for each that it attends to.${note} Choose a head for its sentence and its scores below.</p>`,
    ...maps,
  ].join('\n');
}

/** CSS that shows what has the class of the chosen head, or of its layer, and hides the others'. */
export function choiceRules({ attention }: Pick<PromptStudy, 'attention'>): string {
  const rules = attention.flatMap((heads, layer) =>
    heads.map((_, head) => {
      const chosen = `body:has(#h${layer}-${head}:checked)`;
      return `${chosen} :is(.l${layer}, .l${layer}h${head}) { display: block; }`;
    }),
  );
  // Where a browser is too old to choose, all are shown.
  return `@supports selector(:has(*)) {\n.ofHead { display: none; }\n${rules.join('\n')}\n}\n`;
}
