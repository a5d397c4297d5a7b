import { EXIT, LaunchedError, UsageError } from '../../verb/exit-errors.js';
import type { LaunchedRanks } from '../../verb/io.js';
import type { DomainCall } from '../../verb/verb.js';
import type { TrainFlags } from './train-flags.js';

/** A line in which a rank, or the engine of its sums, reports an error. */
const ERROR_LINE = /error:|^ranks(?: \([^)]*\))?: expected/;

/**
 * Starts this training as the ranks that `--ranks` and `--hosts` request, and waits for their end.
 *
 * @returns false if the flags request no ranks, so that this process trains alone.
 * @throws LaunchedError if ranks fail and have reported why; Error for other failures.
 */
export async function launchTraining({
  io,
  flags,
}: Pick<DomainCall<TrainFlags>, 'io' | 'flags'>): Promise<boolean> {
  const hosts = parseHosts(flags.hosts);
  const slots = hosts.reduce((sum, host) => sum + host.slots, 0);
  const count = flags.ranks ?? Math.max(1, slots);
  if (hosts.length > 0 && count > slots) {
    throw new UsageError(`--ranks: expected at most ${slots}, those of --hosts, got ${count}`);
  }
  if (count === 1 && hosts.length === 0) return false;
  const { data, valid } = flags;
  if ([data, valid].some((words) => words?.includes('-'))) {
    throw new UsageError('--data: expected files that all ranks read, got -, standard input');
  }
  if (!io.launchRanks) throw new Error('--ranks: expected a command that starts ranks, got none');
  const errors: string[] = [];
  const { status, launcher, complaint } = await io.launchRanks({
    count,
    hosts,
    survive: flags.survive,
    onLine: (line, stream) => {
      if (ERROR_LINE.test(line)) errors.push(line);
      void io[stream].write(`${line}\n`).catch(() => undefined);
    },
  });
  // Open MPI may return success after a lost connection although ranks have reported errors.
  if (status === EXIT.done && (errors.length === 0 || flags.survive)) return true;
  if (errors.length > 0 || status === EXIT.interrupted) {
    throw new LaunchedError(status || EXIT.failed);
  }
  throw new Error(
    `--ranks: expected ${launcher} to end well, got status ${status}${complaint && `: ${complaint}`}`,
  );
}

/** @throws UsageError for what is no list of machines. */
function parseHosts(text: string | undefined): LaunchedRanks['hosts'] {
  if (text === undefined) return [];
  return text.split(',').map((word) => {
    const [, name, slots = '1'] = /^(\w[\w.-]*)(?::([1-9]\d{0,4}))?$/.exec(word) ?? [];
    if (name) return { name, slots: Number(slots) };
    throw new UsageError(`--hosts: expected names of machines such as a,b:2, got ${text}`);
  });
}
