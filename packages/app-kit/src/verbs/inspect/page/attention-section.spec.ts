import type { PromptStudy } from '@ramble/core';

import { attentionSection } from './attention-section.js';

/** A study whose heads all look at the first token. */
function studyOf(length: number, nLayer: number, nHead: number): PromptStudy {
  const row = Float32Array.from({ length }, (_, seen) => (seen === 0 ? 1 : 0));
  const rows = Array.from({ length }, () => row);
  const study = {
    tokens: Array.from({ length }, (_, token) => ({ token, word: `"${token}"` })),
    attention: Array.from({ length: nLayer }, () => Array.from({ length: nHead }, () => rows)),
    scoreTable: { layer: 1, head: 0 },
  };
  return study as unknown as PromptStudy; // all of it that is used
}

describe('attentionSection', () => {
  it('has a picture for every head, and marks the one whose scores are shown', () => {
    const html = attentionSection(studyOf(5, 2, 3));
    expect(html.match(/<svg viewBox="0 0 5 5"/g)).toHaveLength(6);
    expect(html).toContain(
      '<figure class="chosen"><svg viewBox="0 0 5 5" role="img"><title>layer 1, head 0',
    );
    expect(html).toContain(
      '<span class="s16" title="100.0 %">0</span><span title="0.0 %">1</span>',
    );
  });

  it('draws the end of a long prompt, so that the page can be opened', () => {
    const html = attentionSection(studyOf(220, 15, 12));
    expect(html).toContain('looks at. The last 107 of 220 tokens.</p>');
    expect(html.match(/<svg viewBox="0 0 107 107"/g)).toHaveLength(180);
    expect(html.match(/title="100.0 %"/g)).toHaveLength(12 + 15); // sentences are whole
  });
});
