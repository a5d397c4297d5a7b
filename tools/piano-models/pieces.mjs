import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { getCorpus } from '@ramble/datasets';
import { applyPedal, encodeNotes, musicDomain, parseMidi, varyNotes } from '@ramble/music';

/**
 * Splits the pieces of a corpus into training and held-out pieces: the corpus' validation part, or else the piece
 * that `train` holds out of ten, with the lowest hash of its tokens.
 */
export async function splitPieces(data) {
  const { files, validationFiles } = await getCorpus(data);
  const learned = readPieces(files);
  if (validationFiles.length > 0) return { learned, held: readPieces(validationFiles) };
  const domain = musicDomain({ pedal: true, drums: false, programs: 'all', accompaniment: false });
  const hashOf = ({ piece }) => {
    const { tokens } = domain.encodeExample(piece);
    return createHash('sha256').update(Int32Array.from(tokens)).digest('hex');
  };
  const ranked = learned.map((each) => ({ ...each, sha256: hashOf(each) }));
  ranked.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  return { held: ranked.slice(0, 1), learned: ranked.slice(1) };
}

/** Reads the pieces in some folders, with their names and paths. */
export function readPieces(folders) {
  const paths = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return paths.map((path) => ({
    path,
    name: basename(path, '.mid'),
    piece: parseMidi(basename(path), readFileSync(path)),
  }));
}

/** Yields the events of pieces in each of the seven keys of training. */
export function* inAllKeys(pieces) {
  for (const { piece } of pieces) {
    const notes = applyPedal(piece);
    for (let semitones = -3; semitones <= 3; semitones++) {
      yield encodeNotes(varyNotes(notes, { semitones, stretch: 1 }, [0, 127]));
    }
  }
}
