import { choiceRules, headChoice } from './head-choice.js';
import { headPanels } from './head-panels.js';
import { studyOf } from '../../../../test/study-of.js';

const model = { attention: 'causal' } as const;

describe('headChoice', () => {
  it('has a picture for every head to choose, and begins with the requested one', () => {
    const html = headChoice(studyOf(5, 2, 3));
    expect(html.match(/<svg viewBox="0 0 5 5"/g)).toHaveLength(6);
    expect(html.match(/<input type="radio" name="head"/g)).toHaveLength(6);
    expect(html.match(/ checked/g)).toHaveLength(1);
    expect(html).toContain(
      '<label><input type="radio" name="head" id="h1-0" checked aria-label="layer 1, head 0">' +
        '<svg viewBox="0 0 5 5" role="img"><title>layer 1, head 0',
    );
  });

  it('draws the end of a long prompt, so that the page can be opened', () => {
    const html = headChoice(studyOf(220, 15, 12));
    expect(html).toContain(' The last 107 of 220 tokens. ');
    expect(html.match(/<svg viewBox="0 0 107 107"/g)).toHaveLength(180);
  });
});

describe('choiceRules', () => {
  it('shows the panels of each head, and of its layer, when it is chosen', () => {
    const study = studyOf(5, 2, 3);
    const rules = choiceRules(study);
    const panels = headPanels(study, model);
    const classes = [...panels.matchAll(/<div class="ofHead (\w+)">/g)].map(([, name]) => name);
    expect(classes).toEqual(['l0', 'l0h0', 'l0h1', 'l0h2', 'l1', 'l1h0', 'l1h1', 'l1h2']);
    for (const [, id, shown] of rules.matchAll(/#(h\d-\d):checked\) :is\((.*?)\) \{/g)) {
      const [layer, head] = id.slice(1).split('-');
      expect(headChoice(study)).toContain(`id="${id}"`);
      expect(shown).toBe(`.l${layer}, .l${layer}h${head}`);
    }
    expect(rules.match(/:checked/g)).toHaveLength(6);
  });
});
