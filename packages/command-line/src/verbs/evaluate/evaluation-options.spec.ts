import { evaluationOptions, timedProgress } from './evaluation-options.js';

describe('evaluationOptions', () => {
  it('measures few sequences at a time where their logits would take gigabytes', () => {
    const batchOf = (contextLength: number, vocabSize: number): number =>
      evaluationOptions(
        { app: {}, output: {} } as never,
        {
          model: { config: { contextLength, vocabSize } },
          description: { training: { batchSize: 12 } },
        } as never,
      ).batchSize;
    expect(batchOf(128, 6000)).toBe(12);
    expect(batchOf(256, 50_257)).toBe(5);
    expect(batchOf(8192, 49_152)).toBe(1);
  });
});

describe('timedProgress', () => {
  it('shows the time that is left once it can be told', () => {
    const shown: string[] = [];
    let ms = 0;
    const show = timedProgress(
      {
        output: { progress: (text: string) => void shown.push(text) },
        io: { clock: { now: () => ms } },
      } as never,
      'writing',
    );
    show(0.1);
    ms = 60_000;
    show(0.25);
    expect(shown).toEqual(['writing: 10 %', 'writing: 25 %, 3 min 0 s left']);
  });
});
