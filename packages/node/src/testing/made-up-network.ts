import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { InstalledMpi } from './system.js';

/** Simulated machines: network namespaces of this machine, each with its own folder and hostname. */
export interface MadeUpNetwork {
  /** Returns the words of a command line that runs a command on a machine, in its folder. Numbers start at 1. */
  on(machine: number, command: readonly string[]): [string, ...string[]];
  /** Returns the path by which this process reaches a machine's file. */
  pathOf(machine: number, name: string): string;
  /**
   * Returns a copy of an Open MPI whose mpirun runs on the first machine, and starts one rank on each machine in
   * order.
   */
  launching(mpi: InstalledMpi): InstalledMpi;
  /** Cuts the link of a machine. */
  cut(machine: number): void;
  remove(): void;
}

export interface NetworkOptions {
  readonly machines: number;
  /** Speed of each link in the notation of `tc`, such as `100mbit`; unlimited if absent. */
  readonly rate?: string;
  /** An empty folder, for the machines' folders. */
  readonly folder: string;
}

/** Burst of a link in bytes, and the maximum wait of queued packets. */
const BUCKET = ['burst', '512kb', 'latency', '20ms'];

/** Number of times that TCP repeats unconfirmed data: some seconds in place of 15 minutes. */
const RETRIES = 5;

/**
 * Connects machines by links to one switch. Each machine sees its own folder under the same path as
 * the others see theirs. Works only for root on Linux.
 *
 * @throws Error if the system refuses a network namespace.
 */
export function makeNetwork({ machines, rate, folder }: NetworkOptions): MadeUpNetwork {
  const [home, enter, agent, hosts] = ['home', 'enter', 'agent', 'hosts'].map((name) =>
    join(folder, name),
  );
  const made: string[] = [];
  const addNamespace = (name: string): void => {
    ip('netns', 'add', name);
    made.push(name);
  };
  const remove = (): void => {
    for (const name of made.splice(0)) ip('netns', 'del', name);
  };
  mkdirSync(home);
  const inside = `hostname machine$1 && mount --bind ${folder}/machine$1 ${home} && cd ${home} && shift && exec "$@"`;
  writeScript(
    enter,
    `exec ip netns exec ramble-${process.pid}-$1 unshare --uts --mount sh -c '${inside}' sh "$@"`,
  );
  // As ssh is called: options, the host's address, which ends with its number, and a line for a shell.
  writeScript(
    agent,
    `while [ "\${1#-}" != "$1" ]; do shift; done; host=$1; shift; exec ${enter} "\${host##*.}" sh -c "$*"`,
  );
  try {
    const hub = namespaceOf('switch');
    addNamespace(hub);
    ip('-n', hub, 'link', 'add', 'bridge', 'type', 'bridge');
    ip('-n', hub, 'link', 'set', 'bridge', 'up');
    for (let machine = 1; machine <= machines; machine++) {
      mkdirSync(join(folder, `machine${machine}`));
      addNamespace(namespaceOf(machine));
      connect(machine, rate);
    }
  } catch (error) {
    remove();
    throw error;
  }
  const addresses = Array.from({ length: machines }, (_, i) => `${NETWORK}.${i + 1} slots=1\n`);
  writeFileSync(hosts, addresses.join(''));
  const on: MadeUpNetwork['on'] = (machine, command) => [enter, `${machine}`, ...command];
  return {
    on,
    pathOf: (machine, name) => join(folder, `machine${machine}`, name),
    launching: (mpi) => {
      const [launcher, ...words] = on(1, [mpi.launcher, ...openMpiWords(agent, hosts)]);
      return { ...mpi, launcher, arguments: words };
    },
    cut: (machine) => {
      ip('-n', namespaceOf(machine), 'link', 'set', linkOf(machine), 'down');
    },
    remove,
  };
}

const namespaceOf = (machine: number | 'switch'): string => `ramble-${process.pid}-${machine}`;
const linkOf = (machine: number): string => `rv${process.pid}-${machine}`;

/** Links a machine to the switch. */
function connect(number: number, rate: string | undefined): void {
  const [hub, machine] = [namespaceOf('switch'), namespaceOf(number)];
  const [link, port] = [linkOf(number), `rp${process.pid}-${number}`];
  ip('link', 'add', link, 'netns', machine, 'type', 'veth', 'peer', 'name', port, 'netns', hub);
  ip('-n', machine, 'addr', 'add', `${NETWORK}.${number}/24`, 'dev', link);
  ip('-n', machine, 'link', 'set', link, 'up');
  ip('-n', machine, 'link', 'set', 'lo', 'up');
  ip('netns', 'exec', machine, 'sh', '-c', `echo ${RETRIES} >/proc/sys/net/ipv4/tcp_retries2`);
  ip('-n', hub, 'link', 'set', port, 'master', 'bridge', 'up');
  if (rate === undefined) return;
  // Limits the traffic in both directions.
  for (const [name, device] of [
    [machine, link],
    [hub, port],
  ]) {
    const words = ['netns', 'exec', name, 'tc', 'qdisc', 'add', 'dev', device, 'root'];
    ip(...words, 'tbf', 'rate', rate, ...BUCKET);
  }
}

/** First three numbers of the machines' IPv4 addresses. */
const NETWORK = '10.77.0';

/** Options with which Open MPI 4 and 5 start ranks by the agent, and communicate only over the links. */
function openMpiWords(agent: string, hosts: string): string[] {
  const parameters = {
    plm_rsh_agent: agent,
    plm_rsh_no_tree_spawn: '1',
    oob_tcp_if_include: `${NETWORK}.0/24`,
    // Otherwise mpirun notices a lost machine only after minutes.
    oob_tcp_keepalive_time: '5',
    oob_tcp_keepalive_intvl: '1',
    oob_tcp_keepalive_probes: '3',
    btl_tcp_if_include: `${NETWORK}.0/24`,
    pml: 'ob1',
    btl: 'tcp,self',
  };
  const words = Object.entries(parameters).flatMap(([name, value]) => ['--mca', name, value]);
  return ['--hostfile', hosts, '--map-by', 'node', '--bind-to', 'none', ...words, '-np'];
}

function writeScript(path: string, line: string): void {
  writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
}

function ip(...words: readonly string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Whether this process may make network namespaces: as root on Linux, with `ip` and `tc`. */
export function canMakeNetworks(): boolean {
  const name = `ramble-${process.pid}-try`;
  const { status } = spawnSync('ip', ['netns', 'add', name]);
  if (status !== 0) return false;
  spawnSync('ip', ['netns', 'del', name]);
  return spawnSync('tc', ['-Version']).status === 0;
}
