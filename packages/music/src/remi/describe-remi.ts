import { pitchName } from '../events/describe-event.js';
import { programName } from '../score/instruments.js';
import { BEGIN, END, type RemiVocabulary } from './remi-vocabulary.js';
import type { TimeValue } from './time-values.js';

/** A token for people: `C4`, `beat 2 + 3/8`, `1 1/4 beats`. */
export function describeRemi(id: number, { tokens, names, settings }: RemiVocabulary): string {
  const token = tokens.at(id);
  switch (token?.kind) {
    case undefined:
      return `no token ${id}`;
    case 'special':
      if (id === BEGIN) return 'beginning of piece';
      return id === END ? 'end of piece' : names[id];
    case 'bar':
      return 'bar';
    case 'pitch':
      return pitchName(token.pitch);
    case 'drumPitch':
      return `drum ${token.pitch}`;
    case 'velocity':
      return `velocity ${token.velocity}`;
    case 'duration':
      return length(token.value);
    case 'rest':
      return `rest of ${length(token.value)}`;
    case 'position': {
      const beat = Math.floor(token.position / settings.positionsPerBeat) + 1;
      const part = token.position % settings.positionsPerBeat;
      return part === 0 ? `beat ${beat}` : `beat ${beat} + ${part}/${settings.positionsPerBeat}`;
    }
    case 'chord':
      return `chord ${token.quality}`;
    case 'tempo':
      return `${token.bpm} quarters a minute`;
    case 'program':
      return programName(token.program);
    case 'timeSignature':
      return `${token.beats}/${token.beatType}`;
  }
}

function length({ beats, parts, resolution }: TimeValue): string {
  if (parts === 0) return beats === 1 ? '1 beat' : `${beats} beats`;
  return beats === 0 ? `${parts}/${resolution} beat` : `${beats} ${parts}/${resolution} beats`;
}
