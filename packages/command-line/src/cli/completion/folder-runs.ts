import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Runs in the folder that a path is being typed in, in `runs/` where nothing is typed yet. */
export function folderRuns(typed: string): string[] {
  const folders = typed === '' ? ['', 'runs'] : [typed.endsWith('/') ? typed : folderOf(typed)];
  return folders.flatMap((folder) =>
    namesIn(folder === '' ? '.' : folder)
      .map((name) => join(folder, name))
      .map((path) => (typed.startsWith('./') ? `./${path}` : path))
      .filter((path) => existsSync(join(path, 'run.json'))),
  );
}

function folderOf(path: string): string {
  const folder = dirname(path);
  return folder === '.' ? '' : folder;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
