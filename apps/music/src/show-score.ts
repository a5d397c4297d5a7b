import type { Artifact } from '@ramble/core';
import { drawScore, type Score, writeScore } from '@ramble/music';

/** A score as a MIDI file, or as a piano roll where its ending is asked for. */
export function showScore(score: Score, extension?: string): Artifact {
  return extension === '.svg'
    ? { kind: 'text', text: drawScore(score) }
    : { kind: 'file', extension: '.mid', bytes: writeScore(score) };
}
