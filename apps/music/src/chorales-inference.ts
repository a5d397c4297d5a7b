import type { InferenceApp } from '@ramble/core';
import {
  type ContentOptions,
  type OutputRules,
  outputRulesFeature,
  type Prompting,
} from '@ramble/core/app';
import {
  type Chorale,
  type ChoraleDomain,
  choraleFactory,
  choraleGrammar,
  type ChoralePrompt,
  choraleScore,
  choraleSheet,
  parseChorales,
  scoreChorale,
} from '@ramble/music';

import {
  checkPiece,
  formsOfScore,
  MIDI_FILE,
  type MusicForms,
  readScore,
  showMusic,
} from './music-files.js';

interface ChoraleOutput {
  readonly voiceRanges: boolean;
  readonly crossing: boolean;
}

/** Number of tokens of the longest chorale of the JSB Chorales, 640 sixteenths in four voices. */
const CHORALE_TOKENS = 4 * 640;

/** Flags of `sample` for chorales, and the grammar that they configure. */
const CHORALE_RULES: OutputRules<ChoraleOutput, ChoraleDomain> = {
  settings: {
    voiceRanges: {
      kind: 'boolean',
      default: true,
      description: "Keep each voice to its range in Bach's chorales.",
    },
    crossing: {
      kind: 'boolean',
      default: true,
      description: 'Allow a voice to be higher than a voice above it.',
    },
  },
  sampling: () => ({ maxNewTokens: CHORALE_TOKENS }),
  grammar: ({ voiceRanges, crossing }) =>
    choraleGrammar({ hasVoiceRanges: voiceRanges, isUncrossed: !crossing }),
};

/** Prompt options: a melody to harmonize. */
const CHORALE_PROMPTING: Prompting<ChoralePrompt, { readonly given?: string }> = {
  settings: {
    given: {
      ...MIDI_FILE,
      basic: true,
      description:
        'A soprano to harmonize, a MIDI file or JSON: its first part or voice is kept, and three voices are written.',
    },
  },
  files: ['given'],
  apply: (prompt, { given }) => {
    if (given === undefined) return prompt;
    checkPiece(prompt.chorale, given, 'a MIDI or JSON file');
    return { given: prompt.chorale };
  },
};

/** App to use a trained model of chorales: reads prompts and shows outputs. The training app extends it. */
export const choralesInference: InferenceApp<Chorale, ChoralePrompt, Chorale, object> = {
  name: 'chorales',
  description: 'Chorales in four parts, on a grid of sixteenths.',
  factory: choraleFactory,
  packing: 'pieces',
  readPrompt: (content, options) =>
    content.length === 0 ? {} : { chorale: readChorale('prompt', content, options) },
  readOutput: (content, options) => readChorale('output', content, options),
  showOutput: (chorale, extension) => showMusic(formsOfChorale(chorale), extension),
  prompting: CHORALE_PROMPTING,
  features: outputRulesFeature.with(CHORALE_RULES),
};

/** Reads a single chorale: a MIDI or MusicXML file, or JSON with a list of steps. */
function readChorale(name: string, content: Uint8Array, options?: ContentOptions): Chorale {
  const text = new TextDecoder().decode(content);
  if (/^(MThd|PK|<)/.test(text)) return scoreChorale(readScore(name, content, options));
  const [chorale] = parseChorales(name, `[${text}]`);
  return chorale;
}

function formsOfChorale(chorale: Chorale): MusicForms {
  return { ...formsOfScore(choraleScore(chorale)), sheet: () => choraleSheet(chorale) };
}

/** Reads a file with one chorale, and returns functions that write it as MIDI, piano roll or sheet music. */
export function choraleForms(
  name: string,
  content: Uint8Array,
  options?: ContentOptions,
): MusicForms {
  return formsOfChorale(readChorale(name, content, options));
}
