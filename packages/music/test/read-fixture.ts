import { readFileSync } from 'node:fs';

/** Returns the bytes of a file in the folder `fixtures`. */
export function readFixture(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../fixtures/${path}`, import.meta.url)));
}

/** Returns the parsed content of a JSON file in the folder `fixtures`. */
export function readJson(path: string): unknown {
  return JSON.parse(new TextDecoder().decode(readFixture(path)));
}
