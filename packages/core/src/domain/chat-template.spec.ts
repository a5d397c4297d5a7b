import { chatSampling } from './domain.js';

describe('the sampling settings of an answer', () => {
  it("override the model's own settings, and the defaults of chats if it has none", () => {
    const sampling = { temperature: 0.6, topK: 20 };
    expect(chatSampling({ sampling }, { topK: 5 })).toEqual({ temperature: 0.6, topK: 5 });
    expect(chatSampling({}, {})).toEqual({ temperature: 0.7, topP: 0.9 });
    expect(chatSampling({ sampling }, { temperature: 0 })).toEqual({ temperature: 0 });
    expect(chatSampling({ sampling }, { method: 'greedy' })).toEqual({ method: 'greedy' });
  });
});
