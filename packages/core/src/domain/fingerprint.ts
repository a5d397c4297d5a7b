import type { Files } from './domain.js';

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/**
 * The 64-bit FNV-1a hash of a domain's saved files, 16 hexadecimal digits. It tells two vocabularies
 * apart; it is no defence against someone who forges one.
 *
 * @see Fowler, Noll and Vo, http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function fingerprint(files: Files): string {
  let hash = OFFSET;
  const encoder = new TextEncoder();
  for (const name of Object.keys(files).sort()) {
    // Lengths go in, so that text cannot move from one file into the next unnoticed.
    for (const part of [name, files[name]]) {
      const bytes = encoder.encode(part);
      hash = mix(mix(hash, encoder.encode(`${bytes.length}:`)), bytes);
    }
  }
  return hash.toString(16).padStart(16, '0');
}

/** Works on two 32-bit halves: BigInt arithmetic would take seconds on a tokenizer's megabytes. */
function mix(start: bigint, bytes: Uint8Array): bigint {
  let high = Number(start >> 32n);
  let low = Number(start & 0xffffffffn);
  const primeLow = Number(PRIME & 0xffffffffn); // 0x1b3; the prime's other bit is 2^40
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    const product = low * primeLow; // below 2^41, exact
    const carry = Math.floor(product / 2 ** 32);
    high = (Math.imul(high, primeLow) + carry + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}
