import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

/** After this pause the threads of the program before, which spin while they wait for work, are asleep. */
const SETTLING_MS = 300;

/**
 * Starts a program for each command and has them measure in turns, for some rounds. The first turn begins
 * when all of them have loaded and printed their versions, so that none loads while another
 * measures.
 *
 * @param commands - By name of the contestant: the program and its arguments.
 * @returns by name, `{ versions, turns }`: the printed versions, and the measurements of each
 *   round.
 * @throws Error when a program ends before it has measured.
 */
export async function takeTurns(commands, { rounds, env = process.env }) {
  const players = Object.entries(commands).map(([name, command]) => ({
    name,
    turns: [],
    ...start(command, env),
  }));
  try {
    for (const player of players) player.versions = (await player.line()).versions;
    for (let round = 0; round < rounds; round++) {
      for (const player of players) {
        await setTimeout(SETTLING_MS);
        player.turns.push(await player.turn());
      }
    }
  } finally {
    for (const player of players) player.end();
  }
  return Object.fromEntries(
    players.map(({ name, versions, turns }) => [name, { versions, turns }]),
  );
}

function start([command, ...args], env) {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined); // of one that ended: the missing line tells
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${args.join(' ')}: ended without a result`);
    return JSON.parse(value);
  };
  return {
    line,
    turn: () => {
      child.stdin.write('\n');
      return line();
    },
    end: () => child.stdin.end(),
  };
}
