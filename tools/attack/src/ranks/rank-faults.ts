import { rm } from 'node:fs/promises';

import { randomAt } from '@ramble/core';
import {
  canMakeNetworks,
  findInstalledMpis,
  type InstalledMpi,
  type LaunchedRanks,
} from '@ramble/node/testing';

import type { Attack, AttackSetup, Attempt } from '../attack.js';
import { attempt, expectSame } from '../attempt.js';
import { type SmallTraining, smallTraining, TIMEOUT_SECONDS } from './rank-training.js';
import { type Fault, sendSignal, strike } from './strike.js';

/** Maximum number of random moments to try for one fault: a training may end before the moment comes. */
const MAX_DRAWS = 20;

const TOO_LONG = /^ranks( \([^)]+\))?: expected \w+ within 10 s, got no answer of the other ranks/m;
const WHOLE = 'and the run goes on to the same bytes.';
const ARM = new URL('arm-fault.mjs', import.meta.url).href;

const FAULTS: readonly Fault[] = [
  {
    name: 'killed ranks',
    promise: `All ranks end within seconds, ${WHOLE}`,
    strike: ({ id }) => {
      sendSignal(id, 'SIGKILL');
    },
    message: /kill|signal/i, // a message of the launcher
  },
  {
    name: 'hung ranks',
    promise: `All ranks end after --rank-timeout, which names the step, ${WHOLE}`,
    strike: ({ id }) => {
      sendSignal(id, 'SIGSTOP');
    },
    isHang: true,
    extraSeconds: TIMEOUT_SECONDS,
    message: TOO_LONG,
  },
  {
    name: 'exiting ranks',
    promise: `All ranks end within seconds, ${WHOLE}`,
    variables: armed('exit'),
    message: /exit|terminat/i, // a message of the launcher
  },
  {
    name: 'throwing ranks',
    promise: `All ranks end within seconds, the error is shown, ${WHOLE}`,
    variables: armed('throw'),
    message: /^Error: this rank has a fault$/m,
  },
  {
    name: 'cut links',
    promise: `All ranks end within seconds, by mpirun or --rank-timeout, ${WHOLE}`,
    isOnNetwork: true,
    strike: ({ cutLink }) => {
      cutLink();
    },
    extraSeconds: TIMEOUT_SECONDS,
    message: /got no answer of the other ranks|daemon/,
  },
  {
    name: 'killed launchers',
    promise: `All ranks end within seconds, or after --rank-timeout while they start, ${WHOLE}`,
    strike: ({ training }) => training.launcher.kill('SIGKILL'),
    extraSeconds: TIMEOUT_SECONDS, // time for ranks that have yet to join
  },
];

/** Faults in trainings of several processes, at random moments, under each installed MPI. */
export const rankFaults: readonly Attack[] = FAULTS.map((fault) => ({
  name: fault.name,
  promise: fault.promise,
  tries: { small: 1, full: 20 },
  attempts: (setup: AttackSetup) => attemptsOf(fault, setup),
  missing: () => missingFor(fault),
}));

function missingFor({ isOnNetwork }: Fault): string | undefined {
  if (mpisFor({ isOnNetwork }).length === 0) return 'npm run setup:mpi has not installed an MPI';
  if (!isOnNetwork || canMakeNetworks()) return undefined;
  return 'only root on Linux can make network namespaces';
}

/** Returns the MPIs that can start ranks on made-up machines, or all MPIs. */
function mpisFor({ isOnNetwork }: Pick<Fault, 'isOnNetwork'>): InstalledMpi[] {
  return findInstalledMpis().filter(({ name }) => !isOnNetwork || name.startsWith('openmpi'));
}

function armed(kind: string): NonNullable<Fault['variables']> {
  return (rank, milliseconds) => ({
    NODE_OPTIONS: `--import=${ARM}`,
    RAMBLE_FAULT: `${kind} ${rank} ${milliseconds}`,
  });
}

/**
 * Results of the training without a fault, which all faults compare with: hash of its model, and its duration in ms by
 * MPI.
 */
const whole: { hash?: string; readonly milliseconds: Map<string, number> } = {
  milliseconds: new Map(),
};

async function* attemptsOf(
  fault: Fault,
  { tries, seed, folder }: AttackSetup,
): AsyncGenerator<Attempt> {
  const training = await smallTraining(folder);
  const expected = (whole.hash ??= await hashAlone(training));
  const mpis = mpisFor(fault);
  const random = randomAt({ seed, purpose: 'sample', step: 0 });
  let draws = 0;
  for (let turn = 0; turn < tries; turn++) {
    const mpi = mpis[turn % mpis.length];
    const known = whole.milliseconds.get(mpi.name);
    const milliseconds = known ?? (await durationOf(training, mpi, expected));
    whole.milliseconds.set(mpi.name, milliseconds);
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const rank = random.integer(draws++, 2);
      const moment = Math.round(milliseconds * random.uniform(draws++));
      const run = `run-${draws}`;
      const struck = await strike(fault, { training, mpi, run, rank, moment });
      if (struck === undefined) continue;
      const what = `rank ${rank} under ${mpi.name}, ${moment} ms after the start`;
      yield await attempt(what, async () => {
        // The fault may have come after the training and before the process ended.
        const { left, ended } = struck;
        const isOver = ended ? ended.status === 0 : fault.isHang === true;
        const isDone = isOver && (await training.isWhole(run, expected));
        if (ended || !isDone) expectSame('processes that are left', left, []);
        if (!isDone) checkEnd(fault, ended);
        if (!isDone) training.finish(run, fault.isOnNetwork ? 'machine1' : undefined);
        expectSame('the model and its moments', await training.hashOf(run), expected);
      });
      await rm(training.pathOf(run), { recursive: true, force: true });
      break;
    }
  }
}

/** Hash of the run of one process. */
async function hashAlone(training: SmallTraining): Promise<string> {
  training.finish('alone');
  return training.hashOf('alone');
}

/**
 * Milliseconds of the training without a fault; checks that it produces the bytes of one process.
 */
async function durationOf(
  training: SmallTraining,
  mpi: InstalledMpi,
  expected: string,
): Promise<number> {
  const start = performance.now();
  const { status, stderr } = await training.start(mpi, mpi.name).ended;
  const milliseconds = performance.now() - start;
  expectSame(`${mpi.name}: status and errors`, [status, stderr], [0, '']);
  expectSame(`${mpi.name}: the model and its moments`, await training.hashOf(mpi.name), expected);
  return milliseconds;
}

/** @throws Error unless the ranks ended as the fault requires. */
function checkEnd({ message, isOnNetwork }: Fault, ended: LaunchedRanks | undefined): void {
  if (!ended) throw new Error(`ranks: they did not end within seconds`);
  const { status, stdout, stderr } = ended;
  // Open MPI 5 may end with 0 when it has lost a machine.
  if (status === 0 && !isOnNetwork) throw new Error('status: expected another than 0, got 0');
  const shown = stderr + stdout;
  if (message === undefined || message.test(shown)) return;
  throw new Error(`output: expected ${message}, got ${JSON.stringify(shown)}`);
}
