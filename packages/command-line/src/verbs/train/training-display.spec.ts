import { NEW_TRAINING } from '@ramble/core/training';

import type { Output } from '../../verb/output.js';
import { trainingDisplay, trainingMeter } from './training-display.js';

/** An output that records what was printed and drawn. */
function memoryOutput(showsProgress: boolean): {
  output: Output;
  notes: string[];
  drawn: string[];
} {
  const [notes, drawn]: [string[], string[]] = [[], []];
  const say = (line: string): Promise<void> => Promise.resolve(void notes.push(line));
  const output: Output = {
    isJson: false,
    write: () => Promise.resolve(),
    print: () => Promise.resolve(),
    printJson: () => Promise.resolve(),
    note: say,
    warn: say,
    progress: (text) => drawn.push(text),
    showsProgress,
  };
  return { output, notes, drawn };
}

const entry = { step: 1500, loss: 1.25, tokensPerSecond: 12345.6, peakShare: 0.415 };
const standing = { step: 1500, stepsNow: 500, secondsNow: 100 };

describe('trainingDisplay', () => {
  it('draws a bar that fits into 80 columns on a terminal', async () => {
    const { output, notes, drawn } = memoryOutput(true);
    const display = trainingDisplay(output, { maxSteps: 2000, maxMinutes: 0 });
    await display.report(entry, standing);
    display.step(standing);
    expect(notes).toEqual([]);
    expect(drawn).toEqual([
      '████████████░░░░ step 1,500/2,000  loss 1.2500  12,346 tokens/s  1 min 40 s left',
    ]);
    expect(drawn[0].length).toBeLessThanOrEqual(80);
  });

  it('shows the rewards of pairs, on a terminal the margin alone', async () => {
    const pairs = { ...entry, rewardMargin: -0.3517, rewardAccuracy: 0.745 };
    const [bar, lines] = [memoryOutput(true), memoryOutput(false)];
    for (const { output } of [bar, lines]) {
      const display = trainingDisplay(output, { maxSteps: 2000, maxMinutes: 0 });
      await display.report(pairs, standing);
      display.step(standing);
    }
    expect(bar.drawn).toEqual([
      '████████████░░░░ step 1,500/2,000  loss 1.2500  margin -0.352  1 min 40 s left',
    ]);
    expect(lines.notes).toEqual([
      'step 1,500/2,000  loss 1.2500  margin -0.352, 75 % of pairs right  12,346 tokens/s (42 % of peak)  1 min 40 s left',
    ]);
  });

  it('draws ten times a second at most', () => {
    const { output, drawn } = memoryOutput(true);
    const display = trainingDisplay(output, { maxSteps: 2000, maxMinutes: 0 });
    for (const secondsNow of [1, 1.05, 1.09, 1.11, 1.2]) display.step({ ...standing, secondsNow });
    expect(drawn).toHaveLength(2);
  });

  it('shows the activity between steps', () => {
    const { output, drawn } = memoryOutput(false);
    const display = trainingDisplay(output, { maxSteps: 2000, maxMinutes: 0 });
    display.step(standing); // has a separate line
    display.work(1500, 'validating: 64 sequences');
    expect(drawn).toEqual(['step 1,500/2,000  validating: 64 sequences']);
  });

  it('prints a line for each report if it does not write to a terminal', async () => {
    const { output, notes } = memoryOutput(false);
    const display = trainingDisplay(output, { maxSteps: 2000, maxMinutes: 0 });
    await display.report(entry, standing);
    const evaluation = { kind: 'evaluation', tokens: 9, state: NEW_TRAINING } as const;
    await display.evaluation({ ...evaluation, step: 1500, validationLoss: 1.5, best: true });
    const scored = { validationLoss: 1.6, validationScore: 27.1234 };
    await display.evaluation({ ...evaluation, ...scored, step: 2000, best: false });
    const named = trainingDisplay(output, { maxSteps: 2000, maxMinutes: 0 }, 'BLEU');
    await named.evaluation({ ...evaluation, ...scored, step: 2000, best: false });
    expect(notes).toEqual([
      'step 1,500/2,000  loss 1.2500  12,346 tokens/s (42 % of peak)  1 min 40 s left',
      'step 1,500/2,000  validation loss 1.5000, the best so far',
      'step 2,000/2,000  validation loss 1.6000, score 27.12',
      'step 2,000/2,000  validation loss 1.6000, BLEU 27.12',
    ]);
  });

  it('shows the beginning of a sample on one line, with its prompt if it has one', async () => {
    const { output, notes } = memoryOutput(true);
    const display = trainingDisplay(output, { maxSteps: 2000, maxMinutes: 0 });
    await display.sample({ step: 500, output: 'Call me\nIshmael' });
    await display.sample({ step: 500, prompt: 'a cat', output: 'un chat', reference: 'le chat' });
    await display.sample({ step: 500, output: 'a'.repeat(161) });
    expect(notes).toEqual([
      'step 500/2,000  sample: "Call me\\nIshmael"',
      'step 500/2,000  sample for "a cat": "un chat"',
      `step 500/2,000  sample: "${'a'.repeat(160)}…"`,
    ]);
  });

  it('goes by the limit that comes first', async () => {
    const limits = { maxSteps: 2000, maxMinutes: 2 };
    const { output, notes } = memoryOutput(false);
    await trainingDisplay(output, limits).report(entry, standing);
    expect(notes[0]).toMatch(/ {2}20 s left$/);
    const terminal = memoryOutput(true);
    trainingDisplay(terminal.output, limits).step(standing);
    expect(terminal.drawn[0]).toMatch(/^█{13}░{3} /);
  });
});

const report = (step: number, loss: number, tokensPerSecond: number) =>
  ({
    kind: 'step',
    step,
    loss,
    learningRate: step / 1000,
    gradientNorm: step / 10,
    tokensPerSecond,
    state: { ...NEW_TRAINING, step, elapsedSeconds: step * 2 },
  }) as const;

describe('trainingMeter', () => {
  it('averages loss and speed since the last line', () => {
    const meter = trainingMeter({ operationsPerToken: 1e6, peak: 1e9 });
    meter.add(report(1, 3, 100));
    meter.add(report(2, 2, 300));
    const entry = {
      step: 2,
      loss: 2.5,
      learningRate: 0.002,
      gradientNorm: 0.2,
      tokensPerSecond: 150, // 2 tokens in 1/100 + 1/300 seconds
      peakShare: 0.15,
      elapsedSeconds: 4,
    };
    expect(meter.take()).toEqual(entry);
    expect(meter.take()).toBeUndefined();
    meter.add(report(3, 1, 200));
    expect(meter.take()).toMatchObject({ step: 3, loss: 1, tokensPerSecond: 200 });
  });

  it('averages the rewards of pairs', () => {
    const meter = trainingMeter({ operationsPerToken: 1e6, peak: 1e9 });
    meter.add({ ...report(1, 3, 100), rewardMargin: -0.5, rewardAccuracy: 0.5 });
    meter.add({ ...report(2, 2, 100), rewardMargin: 2, rewardAccuracy: 1 });
    expect(meter.take()).toMatchObject({ rewardMargin: 0.75, rewardAccuracy: 0.75 });
    meter.add({ ...report(3, 2, 100), rewardMargin: 1, rewardAccuracy: 0.25 });
    expect(meter.take()).toMatchObject({ rewardMargin: 1, rewardAccuracy: 0.25 });
  });

  it('takes the fastest report as the peak if the measured peak was slower', () => {
    const meter = trainingMeter({ operationsPerToken: 1e6, peak: 1e8 });
    meter.add(report(1, 3, 200));
    expect(meter.take()).toMatchObject({ peakShare: 1 });
    meter.add(report(2, 3, 50));
    expect(meter.take()).toMatchObject({ peakShare: 0.25 });
  });
});
