/** The contents of a Git LFS pointer: the hash and size of the file that it replaces. */
export interface LfsPointer {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * Reads a pointer of Git LFS. A commit of the Hub holds one in the place of every big file.
 *
 * @param name - For error messages.
 * @throws Error when the text is none.
 * @see https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
 */
export function readLfsPointer(name: string, text: string): LfsPointer {
  const match =
    /^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n?$/.exec(
      text,
    );
  if (!match) {
    const got = JSON.stringify(text.slice(0, 40));
    throw new Error(`${name}: expected a Git LFS pointer, got ${got}`);
  }
  return { sha256: match[1], sizeBytes: Number(match[2]) };
}
