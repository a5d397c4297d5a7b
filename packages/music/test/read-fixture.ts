import { readFileSync } from 'node:fs';

/** The bytes of a file of `fixtures`. */
export function readFixture(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../fixtures/${path}`, import.meta.url)));
}

/** A JSON file of `fixtures`. */
export function readJson(path: string): unknown {
  return JSON.parse(new TextDecoder().decode(readFixture(path)));
}
