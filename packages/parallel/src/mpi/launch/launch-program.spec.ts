import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findLaunchProgram } from '../launcher.js';

let folder: string;
/** Creates programs that only print their version. */
function programs(versions: Readonly<Record<string, string>>): void {
  for (const [name, version] of Object.entries(versions)) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho '${version}'\n`, { mode: 0o755 });
  }
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ramble-launchers-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const HOSTS = [
  { name: 'a', slots: 1 },
  { name: 'b', slots: 4 },
  { name: 'c', slots: 1 },
];

describe('findLaunchProgram', () => {
  it('starts ranks with Open MPI, and passes the names of variables to export', async () => {
    programs({ mpirun: 'mpirun (Open MPI) 5.0.11' });
    const { name, stopSignal, words, surviveWords } = await findLaunchProgram({ PATH: folder });
    expect([name, stopSignal]).toEqual(['mpirun', 'SIGUSR2']);
    expect(surviveWords).toEqual(['--with-ft', 'ulfm']);
    expect(words(2, [], ['x', 'y'], ['V']).join(' ')).toBe(
      '--bind-to none -np 2 --oversubscribe -x V x y',
    );
    expect(words(3, HOSTS, ['x'], ['V', 'W']).join(' ')).toBe(
      '--bind-to none -np 3 --host a:1,b:2 -x V -x W x',
    );
  });

  it.each(['HYDRA build details:', 'Intel(R) MPI Library for Linux* OS, Version 2021.19.0'])(
    'starts ranks by Hydra, machine by machine: %s',
    async (version) => {
      programs({ mpirun: 'somebody else', mpiexec: version });
      const { name, stopSignal, words } = await findLaunchProgram({ PATH: folder });
      expect([name, stopSignal]).toEqual(['mpiexec', 'SIGINT']);
      expect(words(2, [], ['x', 'y'], ['V']).join(' ')).toBe('-n 2 x y');
      expect(words(3, HOSTS, ['x', 'y'], ['V']).join(' ')).toBe(
        '-n 1 -host a x y : -n 2 -host b x y',
      );
    },
  );

  it("passes over Intel's mpirun, which does not forward signals", async () => {
    const version = 'Intel(R) MPI Library for Linux* OS, Version 2021.19.0';
    programs({ mpirun: version, mpiexec: version });
    expect((await findLaunchProgram({ PATH: folder })).name).toBe('mpiexec');
  });

  it('refuses unknown launchers', async () => {
    programs({ mpirun: 'somebody else' });
    await expect(findLaunchProgram({ PATH: folder })).rejects.toThrow(
      'MPI: expected mpirun or mpiexec of Open MPI, MPICH or Intel MPI on the path, got none',
    );
  });
});
