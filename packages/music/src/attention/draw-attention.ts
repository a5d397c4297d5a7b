import type { PromptAttention } from '@ramble/core/study';
import { escapeHtml } from '@ramble/core/files';

import { ATTENTION_STYLE } from './attention-style.js';
import { type AttentionData, attentionScript } from './attention-script.js';
import { noteAttention } from './note-attention.js';

/** Colours of the heads; more heads than colours repeat them. */
const COLOURS = [
  '#4269d0',
  '#e8590c',
  '#3ca951',
  '#a463f2',
  '#e64980',
  '#12a3b8',
  '#d9a400',
  '#9c6b4e',
];

/**
 * Draws the attention of a prompt's notes as a page: arcs over a piano roll from the note at the
 * slider to the notes that it attends to, coloured by head, with a width that shows the weight, for
 * any layer. The page plays the notes. It is one file that loads nothing from the network.
 *
 * @param title - Plain text.
 * @throws RangeError when the prompt has no note.
 * @see Huang et al. 2018, figure 8, https://arxiv.org/abs/1809.04281
 */
export function drawAttention({ tokens, attention }: PromptAttention, title: string): string {
  const found = noteAttention(
    tokens.map(({ token }) => token),
    attention,
  );
  if (found.notes.length === 0)
    throw new RangeError('prompt: expected at least one note, got none');
  const data: AttentionData = { ...found, colours: COLOURS };
  const { nHead, layers } = found;
  const hasMelody = found.notes.some(({ isMelody }) => isMelody);
  const melodyNote = hasMelody ? ' Outlined is the melody that is played to.' : '';
  // A button that is pressed is its layer or head that is shown.
  const layerButtons = layers.map((_, layer) => {
    const isShown = layer === layers.length - 1;
    return `<button id="layer-${layer}" aria-pressed="${isShown}">${layer}</button>`;
  });
  const headButtons = Array.from({ length: nHead }, (_, head) => {
    const colour = COLOURS[head % COLOURS.length];
    return `<button id="head-${head}" aria-pressed="true" style="--head:${colour}"><i></i>head ${head} <b id="share-${head}"></b></button>`;
  });
  // Text in a script ends at the first `</script`, even inside a string.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  const name = escapeHtml(title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}: attention</title>
<style>${ATTENTION_STYLE}</style>
</head>
<body>
<h1>${name}</h1>
<p>Where the note <b id="query"></b> looks: an arc to each earlier note, coloured by head, as wide as its share of the head's attention. Pick a note, or move the slider.${melodyNote}</p>
<div class="controls">
<button id="play">▶ Play</button>
<input id="time" type="range" min="0" step="1" aria-label="Time">
<output id="clock"></output>
<span class="steps"><button id="before" aria-label="The note before">‹</button><button id="behind" aria-label="The next note">›</button></span>
</div>
<div class="controls"><span>Layer</span>${layerButtons.join('')}</div>
<div id="frame" tabindex="0" aria-label="Piano roll"></div>
<div class="controls heads">${headButtons.join('')}</div>
<script>(${attentionScript.toString()})(${json})</script>
</body>
</html>
`;
}
