import { NEW_TRAINING } from '@ramble/core/training';

import type { Output } from '../../verb/output.js';
import { trainingDisplay } from './training-display.js';

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
