import type { SamplingConfig } from '../config/sampling-config.js';
import type { TokenPrompt } from '../domain/domain.js';
import type { Decoder } from '../model/decoder.js';
import { type Beam, type Candidate, chooseCandidates } from './beam-candidates.js';
import { promptWindow } from './prompt-window.js';
import { rulesOf, type SamplingChoice, type SamplingRules } from './sampling-rules.js';
import type { Pending, SequenceEnd } from './sequence.js';

/** Why a beam ended. */
type BeamStop = SequenceEnd | { readonly kind: 'end'; readonly reason: 'asked' | 'time' };

/** Why a beam ended, and its score. */
export type BeamEnd = BeamStop & {
  /** The sum of its log-probabilities after filters, divided by the length penalty. */
  readonly score: number;
};

/** A finished output of a beam search. */
export interface FinishedBeam {
  readonly output: readonly number[];
  /** Log-probability of each token of the output in nats, before filters. */
  readonly logProbabilities: readonly number[];
  readonly end: BeamEnd;
}

/** Settings of a beam search that stay constant while the beams grow. */
interface BeamTask {
  readonly rules: SamplingRules;
  readonly stopWhen: (output: readonly number[]) => boolean;
  readonly promptLength: number;
  /** Tokens of the longest output, as settings and context allow. */
  readonly longest: number;
}

/** Options of a beam search: the choice of tokens and the end of outputs. */
export interface BeamOptions extends SamplingChoice {
  /** Whether an output ends here. */
  readonly stopWhen: (output: readonly number[]) => boolean;
}

/** The beams of one prompt while they grow: what the model must read, and what becomes of its logits. */
export interface Beams {
  /** The tokens that each beam must read; there is a single beam at first. */
  readonly pending: readonly Pending[];
  /** Index, for each beam, of the beam of the last step that it continues. */
  readonly sources: readonly number[];
  /** The sum of each beam's log-probabilities after filters, which ranks those that go on. */
  readonly sums: readonly number[];
  readonly hasEnded: boolean;
  /** Finished outputs, the best first; none where filters left nothing to any beam. */
  readonly finished: readonly FinishedBeam[];
  /**
   * Grows the beams by a token.
   *
   * @param rows - Logits after what was pending, `[V]` a beam.
   * @param isLate - Whether this is the last step, whatever is unfinished.
   */
  choose(rows: readonly ArrayLike<number>[], isLate: boolean): void;
}

/**
 * Starts a beam search by Hugging Face's rules. Each step takes the best continuations of all
 * beams, twice as many as there are beams or more, so that some may finish. Those that finish among
 * the first `numBeams` are kept by their score; the best of the others go on.
 *
 * @throws TypeError or RangeError that names what is wrong with prompt or options.
 */
export function createBeams(
  decoder: Decoder,
  prompt: TokenPrompt,
  { stopWhen, ...options }: BeamOptions,
): Beams {
  const rules = rulesOf(decoder.config.vocabSize, options);
  const { config, grammar, stopTokens } = rules;
  const { numBeams, maxNewTokens } = config;
  const window = promptWindow(decoder, prompt, { grammar });
  const { outputStart } = prompt;
  const promptLength = prompt.tokens.length;
  const room = decoder.maxPositions - window.tokens.length + 1; // the last token is not read
  const task: BeamTask = { rules, stopWhen, promptLength, longest: Math.min(maxNewTokens, room) };
  const count = Math.max(2, stopTokens.size + 1) * numBeams;

  let pending: Pending[] = [{ ...window, restarts: true }];
  const tokens = Array.from(prompt.tokens);
  let beams: Beam[] = [
    { tokens, logProbabilities: [], sum: 0, grammarState: grammar?.start(prompt) },
  ];
  let sources: number[] = [];
  let finished: FinishedBeam[] = [];
  let hasEnded = false;
  let step = 0;

  const choose = (rows: readonly ArrayLike<number>[], isLate: boolean): void => {
    const given = { promptLength, outputStart, step: step++, count };
    const candidates = chooseCandidates(rules, beams, rows, given);
    const { going, ended } = sortOut(task, beams, candidates, isLate);
    finished = [...finished, ...ended].sort((a, b) => b.end.score - a.end.score).slice(0, numBeams);
    sources = going.map(({ candidate }) => candidate.beam);
    pending = going.map(({ candidate }) => ({ tokens: [candidate.token], restarts: false }));
    beams = going.map(({ candidate, grown }) => ({
      ...grown,
      grammarState: grammar?.advance(grown.grammarState, candidate.token),
    }));
    hasEnded = beams.length === 0 || !canImprove(task, finished, beams[0]);
  };
  return {
    get pending() {
      return pending;
    },
    get sources() {
      return sources;
    },
    get sums() {
      return beams.map(({ sum }) => sum);
    },
    get hasEnded() {
      return hasEnded;
    },
    get finished() {
      return finished;
    },
    choose,
  };
}

/** The beams that go on with their candidates, best first, and the beams that end. */
function sortOut(
  task: BeamTask,
  beams: readonly Beam[],
  candidates: readonly Candidate[],
  isLate: boolean,
): { readonly going: { candidate: Candidate; grown: Beam }[]; readonly ended: FinishedBeam[] } {
  const { numBeams } = task.rules.config;
  const going: { candidate: Candidate; grown: Beam }[] = [];
  const ended: FinishedBeam[] = [];
  for (const [rank, candidate] of candidates.entries()) {
    const grown = grow(beams[candidate.beam], candidate);
    const end = endOf(task, candidate, grown, isLate);
    if (!end) going.push({ candidate, grown });
    else if (rank < numBeams) ended.push(finish(task, grown, end));
  }
  return { going: going.slice(0, numBeams), ended };
}

function grow(
  { tokens, logProbabilities, grammarState }: Beam,
  { token, logProbability, sum }: Candidate,
): Beam {
  return {
    tokens: [...tokens, token],
    logProbabilities: [...logProbabilities, logProbability],
    sum,
    grammarState,
  };
}

/** Returns the reason why a beam ends with its newest token; `undefined` if it continues. */
function endOf(
  { rules: { config, stopTokens }, stopWhen, promptLength, longest }: BeamTask,
  { token, logProbability }: Candidate,
  { tokens }: Beam,
  isLate: boolean,
): BeamStop | undefined {
  const length = tokens.length - promptLength;
  if (stopTokens.has(token)) return { kind: 'end', reason: 'stop', token, logProbability };
  if (stopWhen(tokens.slice(promptLength))) return { kind: 'end', reason: 'asked' };
  if (length >= config.maxNewTokens) return { kind: 'end', reason: 'length' };
  if (length >= longest) return { kind: 'end', reason: 'context' };
  return isLate ? { kind: 'end', reason: 'time' } : undefined;
}

function finish(
  { rules: { config }, promptLength }: BeamTask,
  { tokens, logProbabilities, sum }: Beam,
  end: BeamStop,
): FinishedBeam {
  const scored = tokens.length - promptLength;
  const length = scored - (end.reason === 'stop' ? 1 : 0); // the stop token counts in the score only
  return {
    output: tokens.slice(promptLength, promptLength + length),
    logProbabilities: logProbabilities.slice(0, length),
    end: { ...end, score: sum / lengthDivisor(config, scored) },
  };
}

/** Whether the best of the beams that go on may still be better than what has finished. */
function canImprove(
  { rules: { config }, promptLength, longest }: BeamTask,
  finished: readonly FinishedBeam[],
  best: Beam,
): boolean {
  const { numBeams, earlyStopping, lengthPenalty } = config;
  if (finished.length < numBeams) return true;
  if (earlyStopping === 'true') return false;
  const length = best.tokens.length - promptLength;
  const bestLength = earlyStopping === 'never' && lengthPenalty > 0 ? longest : length;
  return best.sum / lengthDivisor(config, bestLength) > finished[numBeams - 1].end.score;
}

/** Returns the number by which the sum of n log-probabilities is divided. */
function lengthDivisor({ lengthPenalty, lengthPenaltyForm }: SamplingConfig, n: number): number {
  return (lengthPenaltyForm === 'gnmt' ? (5 + n) / 6 : n) ** lengthPenalty;
}
