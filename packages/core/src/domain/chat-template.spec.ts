import { chatSampling } from './domain.js';

describe('the sampling settings of an answer', () => {
  it("override the model's own settings, and the defaults of chats if it has none", () => {
    const sampling = { temperature: 0.6, topK: 20 };
    expect(chatSampling({ sampling }, { topK: 5 })).toEqual({ temperature: 0.6, topK: 5 });
    const less = { repetitionPenalty: 1.05, repetitionWindow: 64 };
    expect(chatSampling({}, {})).toEqual({ temperature: 0.7, topP: 0.9, ...less });
    expect(chatSampling({ sampling }, { temperature: 0 })).toEqual({ temperature: 0 });
    expect(chatSampling({ sampling }, { method: 'greedy' })).toEqual({ method: 'greedy' });
  });

  it('discourage repetition with greedy sampling too', () => {
    const greedy = { temperature: 0, repetitionPenalty: 1.05, repetitionWindow: 64 };
    expect(chatSampling({}, { temperature: 0 })).toEqual(greedy);
    expect(chatSampling({}, { temperature: 0, repetitionPenalty: 1 })).toMatchObject({
      repetitionPenalty: 1,
    });
    const sampling = { temperature: 0.6, topK: 20, repetitionPenalty: 1.1 };
    expect(chatSampling({ sampling }, { method: 'greedy' })).toEqual({
      method: 'greedy',
      repetitionPenalty: 1.1,
    });
  });
});
