import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { typescriptCommand } from '@ramble/node/testing';

import { openRanks } from './open-ranks.js';

const hasCompiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
if (!hasCompiler) process.stderr.write('mpi: SKIPPED: no C compiler for a made-up libmpi\n');
const withCompiler = hasCompiler ? describe : describe.skip;

describe('openRanks', () => {
  it.each([0, -1, NaN])('refuses a timeout of %p', async (timeoutSeconds) => {
    await expect(openRanks({ timeoutSeconds })).rejects.toThrow(
      new RangeError(`timeoutSeconds: expected a number above 0, got ${timeoutSeconds}`),
    );
  });
});

withCompiler('openRanks on a made-up libmpi', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ramble-mpi-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Compiles the library with one interface. */
  function libraryOf(abi: string, file: string): string {
    const path = join(folder, abi, file);
    const source = fileURLToPath(new URL('../../test/made-up-mpi.c', import.meta.url));
    spawnSync('mkdir', ['-p', join(folder, abi)]);
    const { status, stderr } = spawnSync(
      'cc',
      ['-shared', '-fPIC', `-D${abi}`, source, '-o', path],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    return path;
  }

  /** Runs a part of one-rank.ts; returns its output and the calls that were made. */
  function run(part: string, environment: Record<string, string>) {
    const log = join(folder, `calls-${Math.round(performance.now() * 1000)}`);
    const program = new URL('../../test/one-rank.ts', import.meta.url);
    const [node, ...words] = typescriptCommand(program, part);
    const { stdout, stderr, status } = spawnSync(node, words, {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, MADE_UP_LOG: log, MADE_UP_SIZE: '1', ...environment },
    });
    const calls = (): string[] => readFileSync(log, 'utf8').trimEnd().split('\n');
    return { lines: stdout.trimEnd().split('\n'), stderr, status, calls };
  }

  const OPENED = [
    'MPI_Init_thread(funneled, UCX_MEM_EVENTS=n, OMPI_MCA_btl_tcp_links=2)',
    'MPI_Comm_set_errhandler(world, return)',
    'MPI_Comm_rank(world)',
    'MPI_Comm_size(world)',
  ];

  it.each([
    ['OPEN_MPI', 'libmpi.so.40', 'OMPI_COMM_WORLD_SIZE'],
    ['MPICH', 'libmpi.so.12', 'PMI_SIZE'],
    ['STANDARD', 'libmpi_abi.so.1', 'PMI_SIZE'],
    ['STANDARD', 'libmpi_abi.so.0', 'OMPI_COMM_WORLD_SIZE'],
  ])('finds %s as %s under %s, and passes its handles', (abi, file, variable) => {
    const LD_LIBRARY_PATH = join(libraryOf(abi, file), '..');
    const { lines, calls, stderr } = run('operations', { LD_LIBRARY_PATH, [variable]: '1' });
    expect(stderr).toBe('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { rank: 0, count: 1 },
      { said: ['done', 'done', 'done', 'done', 'done', 'done', [[1, 2, 3]], 'done'] },
    ]);
    expect(calls()).toEqual([
      ...OPENED,
      'MPI_Allreduce(in place, 3, float, sum, world)',
      'MPI_Allreduce(in place, 5, double, sum, world)',
      ...['MPI_Comm_rank(world)', 'MPI_Comm_size(world)'],
      'MPI_Alltoallv(4 at 0, float, 4 at 0, float, world)',
      'MPI_Allgatherv(in place, 0, float, 6 at 0, float, world)',
      'MPI_Bcast(16, byte, 0, world)',
      ...['MPI_Comm_rank(world)', 'MPI_Comm_size(world)'],
      'MPI_Allgather(8, byte, 8, byte, world)',
      'MPI_Bcast(3, byte, 0, world)',
      'MPI_Finalize()',
    ]);
    rmSync(join(folder, abi, file));
  });

  describe('named by RAMBLE_MPI', () => {
    let RAMBLE_MPI = '';
    beforeAll(() => {
      RAMBLE_MPI = libraryOf('MPICH', 'libmpi.so.12');
    });

    it("converts the library's errors to exceptions with its text", () => {
      const { lines } = run('operations', { RAMBLE_MPI, MADE_UP_FAILURE: 'MPI_Allreduce' });
      const error = 'Error: sum: MADE_UP_15: message truncated';
      expect(JSON.parse(lines[1])).toEqual({
        said: [error, 'done', error, 'done', 'done', 'done', [[1, 2, 3]], 'done'],
      });
    });

    it('sums an array in parts if an int cannot count its bytes', () => {
      const { calls } = run('large', { RAMBLE_MPI });
      expect(calls().slice(OPENED.length)).toEqual([
        `MPI_Allreduce(in place, ${2 ** 28}, float, sum, world)`,
        `MPI_Allreduce(in place, ${2 ** 28}, float, sum, world)`,
        'MPI_Allreduce(in place, 7, float, sum, world)',
      ]);
    });

    it('processes parts in pieces that an int can count and memory can contain', () => {
      const { calls } = run('large parts', { RAMBLE_MPI });
      const exchanged = 2 ** 22 + 1;
      expect(calls().slice(OPENED.length)).toEqual([
        `MPI_Allgatherv(in place, 0, float, ${2 ** 28} at 0, float, world)`,
        'MPI_Allgatherv(in place, 0, float, 7 at 0, float, world)',
        ...['MPI_Comm_rank(world)', 'MPI_Comm_size(world)'],
        `MPI_Alltoallv(${exchanged} at 0, float, ${exchanged} at 0, float, world)`,
        `MPI_Alltoallv(${2 ** 23 - exchanged} at 0, float, ${2 ** 23 - exchanged} at 0, float, world)`,
      ]);
    });

    it('aborts all ranks with a status', () => {
      const { calls, status } = run('abort', { RAMBLE_MPI });
      expect(status).toBe(7);
      expect(calls().at(-1)).toBe('MPI_Abort(world, 7)');
    });

    it("keeps a library's variable that is already set", () => {
      const own = { UCX_MEM_EVENTS: 'y', OMPI_MCA_btl_tcp_links: '1' };
      const { calls } = run('operations', { RAMBLE_MPI, ...own });
      expect(calls()[0]).toBe(
        'MPI_Init_thread(funneled, UCX_MEM_EVENTS=y, OMPI_MCA_btl_tcp_links=1)',
      );
    });

    it('ends without a barrier of the launcher if ranks survive', () => {
      const variables = { RAMBLE_MPI, OMPI_MCA_mpi_ft_enable: '1' };
      const ending = (own: Record<string, string>): (string | undefined)[] => {
        const { calls } = run('survive', { ...variables, ...own });
        return [/async_mpi_finalize=\d/.exec(calls()[0])?.[0], ...calls().slice(OPENED.length)];
      };
      const LEFT = ['MPIX_Comm_shrink(world)', ...OPENED.slice(1), 'MPI_Finalize()'];
      expect(ending({})).toEqual(['async_mpi_finalize=1', ...LEFT]);
      const own = { OMPI_MCA_async_mpi_finalize: '0' };
      expect(ending(own)).toEqual(['async_mpi_finalize=0', ...LEFT]);
    });

    it('refuses a number of ranks that differs from the launcher count', () => {
      const { lines, calls, status } = run('operations', { RAMBLE_MPI, PMI_SIZE: '4' });
      expect({ lines, status }).toEqual({
        lines: [
          JSON.stringify({
            error:
              `RangeError: PMI_SIZE: expected 4 ranks, got 1 from ${RAMBLE_MPI} (Made Up v1.2): ` +
              "mpiexec starts another MPI's programs; RAMBLE_MPI=PATH names its library",
          }),
        ],
        status: 1,
      });
      expect(calls()).toEqual([...OPENED, 'MPI_Finalize()']);
    });

    it('refuses a second opening, and one in a worker thread', () => {
      expect(run('twice', { RAMBLE_MPI }).lines[1]).toBe(
        'Error: ranks: expected one opening in a process, got a second one',
      );
      expect(run('worker', { RAMBLE_MPI }).lines[1]).toBe(
        'Error: ranks: expected the main thread, got a worker thread',
      );
    });

    it('refuses a file that is not a library of MPI', () => {
      expect(run('operations', { RAMBLE_MPI: 'libc.so.6' }).lines).toEqual([
        JSON.stringify({
          error:
            'Error: RAMBLE_MPI: expected a library of MPI, got libc.so.6 (libc.so.6 has no MPI_Allgatherv)',
        }),
      ]);
    });
  });

  it('names the libraries that the launcher requires if none is found', () => {
    expect(run('operations', { PMI_SIZE: '2' }).lines).toEqual([
      JSON.stringify({
        error:
          'Error: MPI: expected libmpi.so.12, libmpi_abi.so.1, libmpi_abi.so.0 for mpiexec, got none of them; ' +
          'install one, or name it by RAMBLE_MPI=PATH',
      }),
    ]);
  });
});
