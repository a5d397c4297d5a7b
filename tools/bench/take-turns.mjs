import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

/** Pause before a program's turn, in milliseconds. By then the busy-waiting threads of the previous program sleep. */
const SETTLING_MS = 300;

/**
 * Starts a program for each command, and lets them measure in turns for some rounds. The first turn begins after
 * all have loaded and printed their versions, so that none loads while another measures.
 *
 * @param commands - Program and arguments by name of the contestant.
 * @returns `{ versions, turns }` by name: the printed versions, and the measurements of each round.
 * @throws Error if a program ends before it has measured.
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
  child.stdin.on('error', () => undefined); // the missing line reports a program that ended
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
