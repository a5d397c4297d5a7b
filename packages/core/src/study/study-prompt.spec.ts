import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { attentionWeights } from './source-attention.js';
import { studyPrompt } from './study-prompt.js';

const vocabulary = { describe: (id: number): string => `<${id}>` };

describe('studyPrompt', () => {
  it('combines all studies of one prompt', () => {
    const model = tinyGpt2();
    const head = { layer: 1, head: 2 };
    const prompt = { tokens: [3, 1, 4] };
    const study = studyPrompt(model, prompt, vocabulary, { head, count: 2 });
    expect(study).toMatchObject({
      tokens: [
        { token: 3, word: '<3>' },
        { token: 1, word: '<1>' },
        { token: 4, word: '<4>' },
      ],
      attention: attentionWeights(model, prompt),
      scoreTable: { ...head, weights: attentionWeights(model, prompt)[1][2] },
      cache: [{ held: 1 }, { held: 2 }, { held: 3 }],
      lens: [{ blocks: 0 }, { blocks: 1 }, { blocks: 2 }],
    });
    expect(study.steps.at(-1)).toEqual({ name: 'logits', shape: [3, 31] });
    expect(study.lens[2].tokens).toHaveLength(2);
  });
});
