import { renderToString } from 'preact-render-to-string';

import { studyOf } from '../../test/study-of.js';
import type { StudiedHeads } from './contents.js';
import { HeadChoice, HeadMap, HeadPanels, headStyle } from './heads.js';

/** Heads that all attend to the first token. */
function headsOf(length: number, nLayer: number, nHead: number): StudiedHeads {
  const { tokens, attention, lastScores, scoreTable } = studyOf(length, nLayer, nHead);
  const words = tokens.map(({ token }) => String(token));
  return { words, attention, lastScores, chosen: scoreTable, formula: 'query · key' };
}

describe('HeadChoice', () => {
  it('has a picture for every head to choose, and begins with the requested one', () => {
    const html = renderToString(<HeadChoice {...headsOf(5, 2, 3)} />);
    expect(html.match(/<svg viewBox="0 0 5 5"/g)).toHaveLength(6);
    expect(html.match(/<input type="radio" name="head"/g)).toHaveLength(6);
    expect(html.match(/ checked/g)).toHaveLength(1);
    expect(html).toContain(
      '<label><input type="radio" name="head" id="h1-0" checked aria-label="layer 1, head 0"/>' +
        '<svg viewBox="0 0 5 5" role="img"><title>layer 1, head 0',
    );
  });

  it('draws the end of a long prompt, so that the page can be opened', () => {
    const html = renderToString(<HeadChoice {...headsOf(220, 15, 12)} />);
    expect(html).toContain(' The last 107 of 220 tokens. ');
    expect(html.match(/<svg viewBox="0 0 107 107"/g)).toHaveLength(180);
  });
});

describe('headStyle', () => {
  it('shows the panels of each head, and of its layer, when it is chosen', () => {
    const heads = headsOf(5, 2, 3);
    const rules = headStyle(heads);
    const [choice, panels] = [HeadChoice, HeadPanels].map((Part) =>
      renderToString(<Part {...heads} />),
    );
    const classes = [...panels.matchAll(/<div class="ofHead (\w+)">/g)].map(([, name]) => name);
    expect(classes).toEqual(['l0', 'l0h0', 'l0h1', 'l0h2', 'l1', 'l1h0', 'l1h1', 'l1h2']);
    for (const [, id, shown] of rules.matchAll(/#(h\d-\d):checked\) :is\((.*?)\) \{/g)) {
      const [layer, head] = id.slice(1).split('-');
      expect(choice).toContain(`id="${id}"`);
      expect(shown).toBe(`.l${layer}, .l${layer}h${head}`);
    }
    expect(rules.match(/\d:checked/g)).toHaveLength(6);
  });
});

describe('HeadMap', () => {
  it('draws a run of equal shades at once, and nothing for masked tokens', () => {
    const rows = [Float32Array.of(1, 0, 0), Float32Array.of(0.5, 0.5, 0), Float32Array.of(0, 0, 1)];
    expect(renderToString(<HeadMap rows={rows} title="layer 0, head 1" />)).toBe(
      '<svg viewBox="0 0 3 3" role="img"><title>layer 0, head 1</title>' +
        '<path fill-opacity="1" d="M0 0h1v1h-1zM2 2h1v1h-1z"></path><path fill-opacity="0.7" d="M0 1h2v1h-2z"></path></svg>',
    );
  });
});

describe('HeadPanels', () => {
  it('has the sentence and the scores of every head', () => {
    const html = renderToString(<HeadPanels {...headsOf(5, 2, 3)} />);
    expect(html).toContain(
      '<tr><th>head 2</th><td class="sentence"><span class="shaded" style="--weight:1" title="100.0 %">0</span><span title="0.0 %">1</span>',
    );
    const headings = [...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);
    expect(headings).toEqual(
      [0, 1].flatMap((layer) => [0, 1, 2].map((head) => `Scores of layer ${layer}, head ${head}`)),
    );
    expect(html).toContain('<td class="shaded" style="--weight:0.65">12.00</td>'); // layer 1, head 2
    expect(html.match(/<table class="table scores">/g)).toHaveLength(3 * 6);
    expect(html).not.toContain('Of the last');
  });

  it('shows the end of a long prompt, less of it with many heads', () => {
    const few = renderToString(<HeadPanels {...headsOf(220, 15, 12)} />);
    expect(few).toContain('Of the last 15 of 220 tokens.');
    expect(few.match(/title="100.0 %"/g)).toHaveLength(15 * 12); // sentences are whole
    const many = renderToString(<HeadPanels {...headsOf(70, 48, 25)} />);
    expect(many).toContain('Of the last 8 of 70 tokens.');
    expect(many).toContain('The heads of layer 47, the last 54 of 70 tokens<');
    expect(many.length).toBeLessThan(16e6);
  });
});
