import { describe, expect, it } from '@jest/globals';

import { takeTurns } from './take-turns.mjs';

/** Returns a program that prints its version, and then for every line the number of lines so far. */
const counting = (name) => [
  process.execPath,
  '-e',
  `console.log('{"versions":{"${name}":"1.2"}}');
   let count = 0;
   require('node:readline').createInterface({ input: process.stdin })
     .on('line', () => console.log(JSON.stringify({ count: ++count, held: process.env.HELD })));`,
];

describe('takeTurns', () => {
  it('lets each contestant measure once per round, in the given environment', async () => {
    const players = await takeTurns(
      { native: counting('ours'), peer: counting('theirs') },
      { rounds: 2, env: { ...process.env, HELD: 'avx2' } },
    );
    const turns = [
      { count: 1, held: 'avx2' },
      { count: 2, held: 'avx2' },
    ];
    expect(players).toEqual({
      native: { versions: { ours: '1.2' }, turns },
      peer: { versions: { theirs: '1.2' }, turns },
    });
  });

  it('fails when a contestant ends before it has measured', async () => {
    const command = [process.execPath, '-e', ''];
    await expect(takeTurns({ peer: command }, { rounds: 1 })).rejects.toThrow(
      new Error(`${process.execPath} -e : ended without a result`),
    );
  });
});
