import { setTimeout } from 'node:timers/promises';

import {
  type InstalledMpi,
  type LaunchedRanks,
  launchRanks,
  markedProcesses,
  typescriptCommand,
} from '@ramble/node/testing';

/** Result of launched ranks, after all have ended. */
export interface Launched extends LaunchedRanks {
  readonly seconds: number;
  /** Parsed JSON lines that ranks printed. */
  readonly lines: readonly Record<string, unknown>[];
  /** Ids of the run's processes that still exist two seconds after the launcher's end. */
  readonly left: readonly number[];
}

/** The number of ranks and their variables. */
export interface LaunchOptions {
  readonly count: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program of this folder as several ranks. */
export async function launch(
  mpi: InstalledMpi,
  { count, env = {} }: LaunchOptions,
  program: string,
  ...args: readonly string[]
): Promise<Launched> {
  const run = `${process.pid}-${performance.now()}`;
  const command = typescriptCommand(new URL(`${program}.ts`, import.meta.url), ...args);
  const start = performance.now();
  const ended = await launchRanks(mpi, count, command, { ...env, RAMBLE_TEST_RUN: run });
  const seconds = (performance.now() - start) / 1000;
  const lines = ended.stdout.split('\n').filter((line) => line.startsWith('{'));
  return {
    ...ended,
    seconds,
    lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), // printed by the programs of this folder
    left: await processesLeft(run),
  };
}

/**
 * Waits up to two seconds until the processes end, because a launcher may end before the ranks that it kills. Returns
 * the ids of the processes that still run.
 */
async function processesLeft(run: string): Promise<number[]> {
  const end = performance.now() + 2000;
  while (processesOf(run).length > 0 && performance.now() < end) await setTimeout(50);
  return processesOf(run);
}

function processesOf(run: string): number[] {
  return markedProcesses('RAMBLE_TEST_RUN', run).map(({ id }) => id);
}
