import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine. */
export interface MarkedProcess {
  readonly id: number;
  /** The variables that it was started with. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The processes of Linux whose environment has a variable of this value. Processes pass their
 * environment on, so these are all processes of a test that set it for the first of them.
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
