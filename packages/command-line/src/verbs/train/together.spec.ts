import { inMemoryRanks } from '@ramble/parallel';

import { agreeOnInstructions } from './together.js';

/** Returns the set that each rank uses after the agreement, or its error. */
async function agree(all: readonly (readonly string[])[]): Promise<unknown[]> {
  const used: unknown[] = [];
  const results = await Promise.allSettled(
    inMemoryRanks(all.length).map((ranks, rank) =>
      agreeOnInstructions(ranks, {
        names: all[rank],
        inUse: () => all[rank][0],
        use: (name) => (used[rank] = name),
      }),
    ),
  );
  return results.map((result, rank) =>
    result.status === 'fulfilled' ? used[rank] : (result.reason as unknown),
  );
}

describe('agreeOnInstructions', () => {
  it('takes the best set that all ranks have', async () => {
    const [old, recent] = [
      ['avx2', 'portable'],
      ['avx512', 'avx2', 'portable'],
    ];
    expect(await agree([recent, old, recent])).toEqual(['avx2', 'avx2', 'avx2']);
    expect(await agree([recent, recent])).toEqual(['avx512', 'avx512']);
    expect(await agree([old, ['portable']])).toEqual(['portable', 'portable']);
  });

  it('refuses ranks without a common set, and only rank 0 reports it', async () => {
    const [first, second] = await agree([['avx2'], ['neon', 'portable']]);
    const cause = new Error(
      'RAMBLE_ISA: expected an instruction set that all ranks have, got avx2 on rank 0; neon, portable on rank 1',
    );
    expect(first).toMatchObject({ isReporter: true, cause });
    expect(second).toMatchObject({ isReporter: false, cause });
  });

  it('accepts engines that report no instruction sets', async () => {
    const ranks = inMemoryRanks(2);
    await Promise.all(ranks.map((each) => agreeOnInstructions(each, undefined)));
  });
});
