import { ABSENT, installedMpis } from '@ramble/node/testing';

import { launch } from '../../test/launch.js';

const mpis = installedMpis();
const eachMpi = mpis.length > 0 ? describe.each(mpis) : describe.skip.each([ABSENT]);

eachMpi('a rank that fails ends all under $name', (mpi) => {
  it.each([
    ['kill', []],
    ['throw', []],
    ['exit', []],
    ['abort', []],
    ['throw', ['in-sum']],
    ['exit', ['in-sum']],
    ['abort', ['in-sum']],
  ])('when rank 1 does %s %j', async (kind, where) => {
    const { status, stderr, seconds, left } = await launch(
      mpi,
      { count: 2 },
      'fail',
      kind,
      ...where,
    );
    expect(status).not.toBe(0);
    expect(left).toEqual([]);
    expect(seconds).toBeLessThan(30);
    // In addition to the rank's own status, Hydra may report the status of the rank that it has killed.
    const others = mpi.name.startsWith('openmpi') ? [] : [9];
    if (kind === 'exit') expect([3, ...others]).toContain(status);
    if (kind === 'abort') expect([4, ...others]).toContain(status);
    if (kind === 'throw') expect(stderr).toContain('Error: rank 1 has a fault');
  });

  it.each(['hang', 'stop'])('when rank 1 does %s, after the timeout', async (kind) => {
    const { status, stderr, left } = await launch(mpi, { count: 2 }, 'fail', kind);
    expect(status).not.toBe(0);
    expect(left).toEqual([]);
    expect(stderr).toMatch(
      /^ranks \(step 5\): expected sum within 5 s, got no answer of the other ranks after 5\.\d s; ending all$/m,
    );
  });
});
