import type { ContentOptions } from '@ramble/core/app';
import { parseScore, type Score } from '@ramble/music';

/** A score from the bytes of a MIDI file, and word of what was repaired in it. */
export function readScore(
  name: string,
  content: Uint8Array,
  { onRepair }: ContentOptions = {},
): Score {
  const score = parseScore(name, content);
  for (const repair of score.repairs) onRepair?.(`${name}: ${repair}`);
  return score;
}
