/**
 * Ad hoc signatures of programs for macOS: hashes of their pages, without a certificate. Processors of Apple run no
 * program without one, and `--build-sea` removes the signature of Node.
 *
 * @see https://github.com/apple-oss-distributions/xnu/blob/main/osfmk/kern/cs_blobs.h
 */
import { createHash } from 'node:crypto';

const SEGMENT = 0x19;
const CODE_SIGNATURE = 0x1d;
const MAGIC = { superBlob: 0xfa_de_0c_c0, codeDirectory: 0xfa_de_0c_02 };
/** Version of the code directory. Its last fields describe the executable segment (`__TEXT`). */
const VERSION = 0x2_04_00;
const DIRECTORY_BYTES = 88;
const HEAD_BYTES = 20; // of a super blob with one blob
const AD_HOC = 2;
const SHA256 = { type: 2, bytes: 32 };
const PAGE = { log2: 12, bytes: 4096 };
/** Size of a memory page on Apple's processors in bytes; segments are multiples of it. */
const MEMORY_PAGE = 0x40_00;

/**
 * Returns a program with an ad hoc signature.
 *
 * @param bytes - A Mach-O program of 64 bits without a signature, whose last segment is `__LINKEDIT`.
 * @param identifier - The program's name in its signature.
 */
export function signAdHoc(bytes, identifier) {
  const { link, text, end, signature } = segmentsOf(bytes);
  if (signature) throw new Error('expected a program without a signature, got one that has one');
  if (link.offset + link.bytes !== bytes.length) throw new Error('__LINKEDIT is not at the end');
  const limit = align(bytes.length, 16);
  const pages = Math.ceil(limit / PAGE.bytes);
  const name = Buffer.from(`${identifier}\0`);
  const directoryBytes = DIRECTORY_BYTES + name.length + pages * SHA256.bytes;
  const size = align(HEAD_BYTES + directoryBytes, 16);
  const signed = Buffer.concat([bytes, Buffer.alloc(limit - bytes.length + size)]);
  signed.writeUInt32LE(bytes.readUInt32LE(16) + 1, 16); // number of commands
  signed.writeUInt32LE(bytes.readUInt32LE(20) + 16, 20); // bytes of all commands
  [CODE_SIGNATURE, 16, limit, size].forEach((value, i) => signed.writeUInt32LE(value, end + 4 * i));
  const linkBytes = limit + size - link.offset;
  signed.writeBigUInt64LE(BigInt(align(linkBytes, MEMORY_PAGE)), link.at + 32);
  signed.writeBigUInt64LE(BigInt(linkBytes), link.at + 48);

  const hashesAt = DIRECTORY_BYTES + name.length;
  const head = [MAGIC.superBlob, HEAD_BYTES + directoryBytes, 1, 0, HEAD_BYTES];
  const sums = (SHA256.bytes << 24) | (SHA256.type << 16) | PAGE.log2;
  const directory = [MAGIC.codeDirectory, directoryBytes, VERSION, AD_HOC, hashesAt];
  directory.push(DIRECTORY_BYTES, 0, pages, limit, sums, 0, 0, 0, 0, 0, 0);
  directory.push(0, text.offset, 0, text.bytes, 0, 1); // of 64 bits; the last says that this is a program
  [...head, ...directory].forEach((value, i) => signed.writeUInt32BE(value, limit + 4 * i));
  name.copy(signed, limit + HEAD_BYTES + DIRECTORY_BYTES);
  hashPages(signed, limit, PAGE.bytes).forEach((hash, i) => {
    hash.copy(signed, limit + HEAD_BYTES + hashesAt + i * SHA256.bytes);
  });
  return signed;
}

/** @throws Error if a program has no signature, or the hash of a page differs from the signed hash. */
export function checkSignature(bytes) {
  const { signature } = segmentsOf(bytes);
  if (!signature) throw new Error('expected a signed program, got one without a signature');
  const from = signature.offset;
  const start = from + bytes.readUInt32BE(from + 16); // of the first blob
  const [magic, , , , hashesAt] = Array.from({ length: 5 }, (_, i) =>
    bytes.readUInt32BE(start + 4 * i),
  );
  if (magic !== MAGIC.codeDirectory) throw new Error('expected a code directory, got another blob');
  const limit = bytes.readUInt32BE(start + 32);
  const [type, log2] = [bytes[start + 37], bytes[start + 39]];
  if (type !== SHA256.type) throw new Error('expected hashes of sha256, got others');
  if (limit > from) throw new Error(`expected at most ${from} signed bytes, got ${limit}`);
  hashPages(bytes, limit, 2 ** log2).forEach((hash, i) => {
    const at = start + hashesAt + i * SHA256.bytes;
    if (hash.equals(bytes.subarray(at, at + SHA256.bytes))) return;
    throw new Error(`page ${i} is not what was signed`);
  });
}

/** Returns the Mach-O load commands that signing reads or changes, with their offsets. */
function segmentsOf(bytes) {
  const found = {};
  let at = 32;
  for (let left = bytes.readUInt32LE(16); left > 0; left--) {
    const [command, size] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    if (command === SEGMENT) {
      const name = bytes.toString('latin1', at + 8, at + 24).replace(/\0.*/s, '');
      const [offset, length] = [40, 48].map((field) => Number(bytes.readBigUInt64LE(at + field)));
      found[name] = { at, offset, bytes: length };
    }
    if (command === CODE_SIGNATURE) found.signature = { offset: bytes.readUInt32LE(at + 8) };
    at += size;
  }
  const { __LINKEDIT: link, __TEXT: text, signature } = found;
  return { link, text, signature, end: at };
}

function hashPages(bytes, limit, size) {
  return Array.from({ length: Math.ceil(limit / size) }, (_, i) => {
    const end = Math.min((i + 1) * size, limit);
    return createHash('sha256')
      .update(bytes.subarray(i * size, end))
      .digest();
  });
}

function align(value, to) {
  return Math.ceil(value / to) * to;
}
