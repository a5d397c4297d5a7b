import { lengthPrior, stateAfter } from './performance-state.js';

/** A note of a second and one of half a second, both still sounding. */
const state = stateAfter({ tokens: [388, 387, 60, 305, 64, 305] });

describe('lengthPrior', () => {
  it('raises the logits of ends by -log(share of notes that are longer)', () => {
    const prior = lengthPrior({ medianNoteSeconds: 0.5, longNoteSeconds: 1 }, 1)!;
    const [[first, nats], [second, fewer]] = Array.from(prior(state));
    expect([first, second]).toEqual([128 + 60, 128 + 64]);
    expect(nats).toBeCloseTo(-Math.log(0.005), 9);
    expect(fewer).toBeCloseTo(-Math.log(0.5), 9);
  });

  it('scales them by its strength', () => {
    const lengths = { medianNoteSeconds: 0.5, longNoteSeconds: 1 };
    const [[, nats]] = Array.from(lengthPrior(lengths, 0.5)!(state));
    expect(nats).toBeCloseTo(-Math.log(0.005) / 2, 9);
    expect(lengthPrior(lengths, 0)).toBeUndefined();
  });

  it('is exponential without a median, and undefined without lengths', () => {
    const [[, nats], [, half]] = Array.from(lengthPrior({ longNoteSeconds: 2 }, 1)!(state));
    expect(nats).toBeCloseTo(-Math.log(0.005) / 2, 9);
    expect(half).toBeCloseTo(nats / 2, 9);
    expect(lengthPrior({}, 1)).toBeUndefined();
  });
});
