import { createHash } from 'node:crypto';

/** The expected checksum of a file: its SHA-256, or the SHA-1 by which git names its content. */
export type Checksum =
  | { readonly sha256: string; readonly gitSha1?: undefined }
  | { readonly gitSha1: string; readonly sha256?: undefined };

/** A checksum as error messages show it: `sha256 248dfc39…`. */
export function shownChecksum({ sha256, gitSha1 }: Checksum): string {
  return sha256 === undefined ? `git's sha1 ${gitSha1}` : `sha256 ${sha256}`;
}

/**
 * Computes the checksum of the same kind as the expected one.
 *
 * @param sizeBytes - Size of the content, which git hashes too.
 */
export async function checksumLike(
  expected: Checksum,
  content: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): Promise<Checksum> {
  const isSha256 = expected.sha256 !== undefined;
  const hash = createHash(isSha256 ? 'sha256' : 'sha1');
  if (!isSha256) hash.update(`blob ${sizeBytes}\0`);
  for await (const chunk of content) hash.update(chunk);
  const digest = hash.digest('hex');
  return isSha256 ? { sha256: digest } : { gitSha1: digest };
}

/** Whether two checksums are of one kind and equal. */
export function equalChecksums(a: Checksum, b: Checksum): boolean {
  return a.sha256 === b.sha256 && a.gitSha1 === b.gitSha1;
}
