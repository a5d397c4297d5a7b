import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine. */
export interface MarkedProcess {
  readonly id: number;
  /** The variables that it was started with. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The processes of Linux that were started with a variable of this value: those of a test that gave it to the
 * first of them, as processes pass their variables on.
 */
export function markedProcesses(variable: string, value: string): MarkedProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const env = environmentOf(name);
    return env[variable] === value ? [{ id: Number(name), env }] : [];
  });
}

/** None of a process that has ended meanwhile, or is another user's. */
function environmentOf(id: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(`/proc/${id}/environ`, 'utf8');
  } catch {
    return {};
  }
  const entries = text.split('\0').map((entry): [string, string] => {
    const end = entry.indexOf('=');
    return [entry.slice(0, end), entry.slice(end + 1)];
  });
  return Object.fromEntries(entries);
}
