import { absentEngine } from '../../../test/cpu-engine.js';
import { runCommand } from '../../../test/run-command.js';

describe('engines', () => {
  it('prints the speed of each engine, or why it cannot run', async () => {
    const { status, stdout } = await runCommand(['engines']);
    expect(status).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'cpu     Plain JavaScript.',
      expect.stringMatching(
        /^ {8}Trains a nano model with [\d,]+ tokens a second; matrices at [\d.]+ GFLOP\/s\.$/,
      ) as string,
      'absent  For future machines.',
      '        Not available: expected a machine to come, got this one',
      '',
    ]);
  });

  it('prints a line of JSON for each, including engines that fail', async () => {
    const broken = { ...absentEngine, name: 'broken', check: () => Promise.resolve(undefined) };
    const { status, stdout } = await runCommand(['engines', '--json'], {
      engines: [broken, absentEngine],
    });
    expect(status).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { name: 'broken', available: false, reason: 'absent' },
      {
        name: 'absent',
        available: false,
        reason: 'expected a machine to come, got this one',
      },
    ]);
  });
});
