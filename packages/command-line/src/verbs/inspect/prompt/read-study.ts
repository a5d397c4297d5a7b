import { type ModelConfig, samplingConfig } from '@ramble/core';
import { withPlainWord } from '@ramble/core/files';
import {
  plainRows,
  type PromptStudy,
  repeatedHeadScores,
  type ScoreTable,
  studyPrompt,
} from '@ramble/core/study';

import { PROMPT_FLAGS, readPrompt } from '../../../content/prompt-flags.js';
import { MODEL_FLAGS, openModel, SPECIAL_TOKENS_FLAG } from '../../../model/open-model.js';
import { fittingPrompt } from '../../../outputs/write-outputs.js';
import { type Flags, type FlagValues, OPTIONAL_FILE, SWITCH } from '../../../verb/flag.js';
import type { DomainCall } from '../../../verb/verb.js';
import { asksForCircuits, CIRCUIT_FLAGS, type Circuits, readCircuits } from './circuits.js';

/** Flags of `inspect` with a prompt. */
export const STUDY_FLAGS = {
  ...MODEL_FLAGS,
  ...PROMPT_FLAGS,
  prompt: {
    ...PROMPT_FLAGS.prompt,
    derived: 'none',
    description: 'The prompt to show step by step.',
  },
  ...SPECIAL_TOKENS_FLAG,
  layer: {
    kind: 'integer',
    min: 0,
    derived: '0',
    description: 'The layer whose heads are shown, counted from 0.',
  },
  head: {
    kind: 'integer',
    min: 0,
    derived: '0',
    description: 'The head whose scores are shown, counted from 0.',
  },
  unmasked: {
    ...SWITCH,
    description: 'Also show what changes if every token attends to the whole prompt.',
  },
  ...CIRCUIT_FLAGS,
  out: {
    kind: 'string',
    placeholder: 'file',
    derived: 'none; prints text',
    description:
      'A page to write, FILE.html, with pictures of all layers and heads; it is replaced if it exists.',
  },
  attentionPicture: {
    ...OPTIONAL_FILE,
    description:
      "The app's own picture to write: for music arcs between notes, FILE.html; for translations " +
      'grids of source and target, FILE.svg.',
  },
} as const satisfies Flags;

export type StudyFlags = FlagValues<typeof STUDY_FLAGS>;

/** Number of last tokens whose scores a page shows, head by head. */
const SCORED_TOKENS = 16;
/** Number of predicted tokens at each position of the logit lens. */
const COUNT = 10;
/**
 * Maximum number of attention weights over all heads of all layers, which limits memory. `MAX_IN_JSON` is the maximum
 * with `--json`, which limits the size of the output.
 */
const MAX_WEIGHTS = 2 ** 28;
const MAX_IN_JSON = 2 ** 23;

/** Results of `inspect` for a prompt: the measurements that flags ask for, or else every step. */
export type PromptFindings = { readonly study: PromptStudy } | { readonly circuits: Circuits };

/**
 * Reads the prompt as `sample` does, runs the model on it, and records its steps, attention weights, cache and logit
 * lens; or takes the measurements that flags such as `--ablate` request.
 *
 * @param hasPrompt - Whether a prompt is given. Without one, only the scores of heads are measured.
 * @throws RangeError if the prompt does not fit and the domain cannot cut it, if its attention is too large to keep,
 *   or if the run lacks the head.
 */
export async function readStudy(
  call: DomainCall<StudyFlags>,
  hasPrompt: boolean,
): Promise<PromptFindings> {
  const { app, flags, output } = call;
  if (!hasPrompt) {
    const { model } = await openModel(call);
    return { circuits: { words: [], headScores: repeatedHeadScores(model) } };
  }
  const { prompt } = await readPrompt(call);
  const open = await openModel(call);
  const { domain, model } = open;
  const { maxNewTokens } = samplingConfig(app.sampling);
  const encoded = await fittingPrompt(call, open, prompt, maxNewTokens);
  if (asksForCircuits(flags)) return { circuits: await readCircuits(call, open, encoded) };
  const isPrinted = flags.out === undefined && flags.attentionPicture === undefined;
  checkLength(model.config, encoded.tokens.length, output.isJson && isPrinted);
  const head = { layer: flags.layer ?? 0, head: flags.head ?? 0 };
  const { unmasked } = flags;
  const lastScores = flags.out === undefined ? 0 : SCORED_TOKENS;
  const options = { head, lastScores, count: COUNT, unmasked };
  return { study: studyPrompt(model, encoded, domain.vocabulary, options) };
}

function checkLength(
  { nLayer, nHead, contextLength }: ModelConfig,
  length: number,
  isJson: boolean,
): void {
  const weights = isJson ? MAX_IN_JSON : MAX_WEIGHTS;
  const max = Math.floor(Math.sqrt(weights / (nLayer * nHead)));
  if (length > max && length <= contextLength) {
    const where = isJson ? ' with --json' : '';
    throw new RangeError(
      `prompt: expected at most ${max} tokens${where}, so that the attention of ${nLayer} x ${nHead} heads fits, got ${length}`,
    );
  }
}

/** Converts a study to JSON: numbers with six digits, `null` for masked attention. */
export function studyJson({
  tokens,
  scoreTable,
  attention,
  lens,
  unmasked,
  ...study
}: PromptStudy): object {
  return {
    tokens: tokens.map(withPlainWord),
    ...study,
    lens: lens.map((reading) => ({ ...reading, tokens: reading.tokens.map(withPlainWord) })),
    scoreTable: tableJson(scoreTable),
    attention: attention.map((heads) => heads.map(plainRows)),
    ...(unmasked && {
      unmasked: {
        scoreTable: tableJson(unmasked.scoreTable),
        tokens: unmasked.tokens.map(({ ahead, ...next }) => ({
          ahead,
          masked: withPlainWord(next.masked),
          unmasked: withPlainWord(next.unmasked),
        })),
      },
    }),
  };
}

function tableJson({ scores, masked, weights, ...place }: ScoreTable): object {
  return {
    ...place,
    scores: plainRows(scores),
    masked: plainRows(masked),
    weights: plainRows(weights),
  };
}
