import { headPanels } from './head-panels.js';
import { studyOf } from '../../../../test/study-of.js';

const model = { attention: 'causal' } as const;

describe('headPanels', () => {
  it('has the sentence and the scores of every head', () => {
    const html = headPanels(studyOf(5, 2, 3), model);
    expect(html).toContain(
      '<tr><th>head 2</th><td class="sentence"><span class="s16" title="100.0 %">0</span><span title="0.0 %">1</span>',
    );
    const headings = [...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);
    expect(headings).toEqual(
      [0, 1].flatMap((layer) => [0, 1, 2].map((head) => `Scores of layer ${layer}, head ${head}`)),
    );
    expect(html).toContain('<td class="s10">12.00</td>'); // layer 1, head 2
    expect(html.match(/<table class="scores">/g)).toHaveLength(3 * 6);
    expect(html).not.toContain('Of the last');
  });

  it('shows the end of a long prompt, less of it where heads are many', () => {
    const few = headPanels(studyOf(220, 15, 12), model);
    expect(few).toContain('Of the last 15 of 220 tokens.');
    expect(few.match(/title="100.0 %"/g)).toHaveLength(15 * 12); // sentences are whole
    const many = headPanels(studyOf(70, 48, 25), model);
    expect(many).toContain('Of the last 8 of 70 tokens.');
    expect(many).toContain('The heads of layer 47, the last 54 of 70 tokens<');
    expect(many.length).toBeLessThan(16e6);
  });
});
