import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { launcherLines, libraryPaths } from './launch.js';

describe('libraryPaths', () => {
  it("are the library in the launcher's folder, then its name", () => {
    const folder = mkdtempSync(join(tmpdir(), 'ramble-paths-'));
    try {
      mkdirSync(join(folder, 'lib'));
      const library = join(folder, 'lib/libmpi.so.40');
      writeFileSync(library, '');
      const programs = ['/bin/sh', join(folder, 'bin/mpirun'), join(folder, 'bin/prted')];
      expect(libraryPaths('libmpi.so.40', programs)).toEqual([library, 'libmpi.so.40']);
      expect(libraryPaths('libmpi.so.12', programs)).toEqual(['libmpi.so.12']);
      expect(libraryPaths('libmpi.so.40', programs, 'darwin')).toEqual(['libmpi.40.dylib']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Output of these launchers. */
const OPEN_MPI_KILLED = `--------------------------------------------------------------------------
prterun noticed that process rank 0 with PID 1097 on node vm exited on
signal 9 (Killed).
--------------------------------------------------------------------------`;
const OPEN_MPI_NO_HOST = `ssh: Could not resolve hostname nowhere: Name or service not known
------------------------------------------------------------
A daemon failed to report back after being spawned. This could
be due to several factors, including inability to find the
------------------------------------------------------------`;
const MPICH_KILLED = `
===================================================================================
=   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
=   PID 1110 RUNNING AT vm
=   EXIT CODE: 9
===================================================================================
YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)
This typically refers to a problem with your application.
Please see the FAQ page for debugging suggestions`;
const INTEL_NO_HOST = `[mpiexec@vm] Error: Unable to run bstrap_proxy on nowhere (pid 1131, exit code 65280)
[mpiexec@vm] Error setting up the bootstrap proxies`;

describe('launcherLines', () => {
  it.each([
    [
      OPEN_MPI_KILLED,
      'prterun noticed that process rank 0 with PID 1097 on node vm exited on signal 9 (Killed).',
    ],
    [OPEN_MPI_NO_HOST, 'ssh: Could not resolve hostname nowhere: Name or service not known'],
    [
      MPICH_KILLED,
      'BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES PID 1110 RUNNING AT vm EXIT CODE: 9',
    ],
    [INTEL_NO_HOST, 'Error: Unable to run bstrap_proxy on nowhere (pid 1131, exit code 65280)'],
    ['[vm:11859] PMIX ERROR: PMIX_ERR_UNREACH', 'PMIX ERROR: PMIX_ERR_UNREACH'],
    ['', ''],
  ])("returns the launcher's first message in one line: %#", (text, complaint) => {
    const lines = launcherLines();
    expect(text.split('\n').filter((line) => lines.take(line))).toEqual([]);
    expect(lines.complaint()).toBe(complaint);
  });

  it("reports the lines of ranks before and after the launcher's message", () => {
    const lines = launcherLines();
    const text = ['step 1', ...OPEN_MPI_KILLED.split('\n'), 'error: [a] = b', '- - -'];
    expect(text.filter((line) => lines.take(line))).toEqual(['step 1', 'error: [a] = b', '- - -']);
  });
});
