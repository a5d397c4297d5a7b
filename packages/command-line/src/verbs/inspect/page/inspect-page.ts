import { modelConfig, type ModelConfig, trainingConfig } from '@ramble/core';
import type { PromptStudy } from '@ramble/core/study';

import { formatCount } from '../../../format/format-number.js';
import { factList, settingsTable, splitSettings } from '../../../report/settings-table.js';
import { htmlPage } from '../../../report/html-page.js';
import type { Inspection } from '../run-lines.js';
import { attentionSection } from './attention-section.js';
import { cacheSection } from './cache-section.js';
import { CHOICE_STYLE, choiceRules, headChoice } from './head-choice.js';
import { headPanels } from './head-panels.js';
import { lensSection } from './lens-section.js';
import { SHADE_STYLE } from '../../../report/palette.js';
import { shapeSection } from './shape-section.js';
import { tallySection } from './tally-section.js';
import { unmaskedSection } from './unmasked-section.js';
import { tokenText } from './token-text.js';

const STYLE = `
${SHADE_STYLE}
code, .sentence, .tokens { font-family: ui-monospace, monospace; font-size: .85rem; }
p { margin: .25rem 0 .5rem; }
th { text-align: left; font-weight: 600; font-size: .85rem; padding: .2rem .75rem .2rem 0; vertical-align: top; white-space: nowrap; }
small { color: var(--faint); white-space: nowrap; }
.facts { grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); }
.tokens span { display: inline-block; border: 1px solid var(--line); border-radius: .3rem; padding: 0 .35rem; margin: 0 .25rem .3rem 0; }
.tokens, .sentence { overflow-wrap: anywhere; }
table .sentence { text-align: left; width: 100%; }
.sentence span { display: inline-block; max-width: 100%; padding: .1rem .15rem; border-radius: .2rem; }
.wide { overflow-x: auto; }
.scores { width: auto; font-variant-numeric: tabular-nums; font-size: .8rem; }
.scores td { text-align: right; padding: .2rem .4rem; white-space: nowrap; }
.scores th { font-family: ui-monospace, monospace; font-weight: 400; font-size: .8rem; padding: .2rem .4rem; }
.scores tr:first-child th { text-align: right; }
.lens td { text-align: left; padding: .2rem .4rem; }
.numbers td:nth-last-child(-n + 2) { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.numbers td { overflow-wrap: normal; }
.tally tr:last-child td { font-weight: 600; }
.bar { width: 60%; }
.bar i { display: inline-block; height: .8em; vertical-align: middle; }
.steps td:last-child { text-align: left; }
.inner { padding-left: 1.25rem; }
`;

/** Results of `inspect` as a page: one file, without scripts, that loads nothing from the network. */
export function inspectPage({ model, parameters, run, name, study }: Inspection): string {
  const { nLayer, nHead, nKvHead, headDim, nEmbd, contextLength, vocabSize } = model;
  const shared = nKvHead < nHead ? `, sharing ${nKvHead} of keys and values` : '';
  const facts = {
    parameters: formatCount(parameters.total),
    layers: `${nLayer}`,
    heads: `${nHead} of width ${headDim}${shared}`,
    width: `${nEmbd}`,
    context: `${formatCount(contextLength)} tokens`,
    vocabulary: `${formatCount(vocabSize)} tokens`,
  };
  const tables = [
    settingsTable('Model', splitSettings(model, modelConfig)),
    ...(run ? [settingsTable('Training', splitSettings(run.training, trainingConfig))] : []),
  ];
  return htmlPage({
    title: name ?? `A model of ${formatCount(parameters.total)} parameters`,
    subtitle: run ? `ramble ${run.domain.name}` : 'ramble inspect',
    sections: [
      factList(facts),
      ...(study ? studySections(study, model) : []),
      tallySection(parameters, nLayer),
      `<h2>Settings</h2>\n<div class="tables">\n${tables.join('\n')}\n</div>`,
    ],
    style: STYLE + CHOICE_STYLE + (study ? choiceRules(study) : ''),
  });
}

function studySections(study: PromptStudy, model: ModelConfig): string[] {
  const { tokens } = study;
  const chips = tokens.map(({ word, token }) => {
    return `<span>${tokenText(word)} <small>${token}</small></span>`;
  });
  return [
    `<h2>The prompt: ${tokens.length} ${tokens.length === 1 ? 'token' : 'tokens'}</h2>\n<p class="tokens">${chips.join('')}</p>`,
    lensSection(study),
    attentionSection(study),
    headChoice(study),
    headPanels(study, model),
    ...(study.unmasked ? [unmaskedSection(study, study.unmasked)] : []),
    cacheSection(study),
    shapeSection(study, model),
  ];
}
