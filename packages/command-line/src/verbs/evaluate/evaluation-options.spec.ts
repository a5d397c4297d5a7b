import { timedProgress } from './evaluation-data.js';

describe('timedProgress', () => {
  it('shows the remaining time once it can be estimated', () => {
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
