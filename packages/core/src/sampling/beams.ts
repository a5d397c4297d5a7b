import type { SamplingConfig } from '../config/sampling-config.js';
import type { TokenPrompt } from '../domain/domain.js';
import type { Decoder } from '../model/decoder.js';
import { type Beam, type Candidate, chooseCandidates } from './beam-candidates.js';
import { promptWindow } from './prompt-window.js';
import { rulesOf, type SamplingChoice, type SamplingRules } from './sampling-rules.js';
import type { Pending, SequenceEnd } from './sequence.js';

/** Reason why a beam ended; `asked` if `stopWhen` returned true, `time` if the search was ended (`isLate`). */
type BeamStop = SequenceEnd | { readonly kind: 'end'; readonly reason: 'asked' | 'time' };

/** Reason why a beam ended, and the beam's score. */
export type BeamEnd = BeamStop & {
  /** Sum of the beam's log-probabilities after filters, divided by the length penalty. */
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
  /** Maximum number of tokens of an output, from the settings and the context. */
  readonly longest: number;
}

/** Options of a beam search: the choice of tokens and the end of outputs. */
export interface BeamOptions extends SamplingChoice {
  /** Returns whether an output ends at its last token. */
  readonly stopWhen: (output: readonly number[]) => boolean;
}

/** The beams of one prompt while they grow. */
export interface Beams {
  /** Tokens that each beam must read. There is a single beam at first. */
  readonly pending: readonly Pending[];
  /** Index of the beam that each beam continues, among the beams before the last call of `choose`. */
  readonly sources: readonly number[];
  /** Sum of each beam's log-probabilities after filters, which ranks the beams that continue. */
  readonly sums: readonly number[];
  readonly hasEnded: boolean;
  /** Finished outputs, the best first; empty if filters removed all continuations of every beam. */
  readonly finished: readonly FinishedBeam[];
  /**
   * Adds a token to each beam.
   *
   * @param rows - Logits after the pending tokens, `[V]` for each beam.
   * @param isLate - Whether the search ends with this step, so that all unfinished beams end.
   */
  choose(rows: readonly ArrayLike<number>[], isLate: boolean): void;
}

/**
 * Starts a beam search by Hugging Face's rules. Each step takes the best continuations of all beams, at least twice
 * as many as there are beams, so that some may finish. If one of the first `numBeams` ends, it is a finished output,
 * and the best scores are kept. The best that do not end continue.
 *
 * @throws TypeError or RangeError that names a wrong prompt or option.
 */
export function createBeams(
  decoder: Decoder,
  prompt: TokenPrompt,
  { stopWhen, ...options }: BeamOptions,
): Beams {
  const rules = rulesOf(decoder.config.vocabSize, options);
  const { config, grammar, stopTokens } = rules;
  const { numBeams, maxNewTokens } = config;
  const { announced = [], ...window } = promptWindow(decoder, prompt, { grammar });
  const { outputStart } = prompt;
  const promptLength = prompt.tokens.length;
  const free = decoder.maxPositions - window.tokens.length + 1; // the last token is not read
  const room = free + announced.length;
  const task: BeamTask = { rules, stopWhen, promptLength, longest: Math.min(maxNewTokens, room) };
  const count = Math.max(2, stopTokens.size + 1) * numBeams;

  const tokens = [...Array.from(prompt.tokens), ...announced];
  const grammarState = announced.reduce<unknown>(
    (state, id) => grammar?.advance(state, id),
    grammar?.start(prompt),
  );
  let beams: Beam[] = [{ tokens, logProbabilities: announced.map(() => 0), sum: 0, grammarState }];
  let step = 0;
  const search = {
    pending: [{ ...window, restarts: true }] as Pending[],
    sources: [] as number[],
    sums: [0],
    hasEnded: false,
    finished: [] as FinishedBeam[],
    choose: (rows: readonly ArrayLike<number>[], isLate: boolean): void => {
      const given = { promptLength, outputStart, step: step++, count };
      const candidates = chooseCandidates(rules, beams, rows, given);
      const { going, ended } = sortOut(task, beams, candidates, isLate);
      const finished = [...search.finished, ...ended].sort((a, b) => b.end.score - a.end.score);
      search.finished = finished.slice(0, numBeams);
      search.sources = going.map(({ candidate }) => candidate.beam);
      search.pending = going.map(({ candidate: { token } }) => {
        return { tokens: [token], restarts: false };
      });
      beams = going.map(({ candidate, grown }) => ({
        ...grown,
        grammarState: grammar?.advance(grown.grammarState, candidate.token),
      }));
      search.sums = beams.map(({ sum }) => sum);
      search.hasEnded = beams.length === 0 || !canImprove(task, search.finished, beams[0]);
    },
  };
  return search;
}

/** Divides candidates, best first, into beams that continue and beams that end. */
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
  const length = scored - (end.reason === 'stop' ? 1 : 0); // only the score counts the stop token
  return {
    output: tokens.slice(promptLength, promptLength + length),
    logProbabilities: logProbabilities.slice(0, length),
    end: { ...end, score: sum / lengthDivisor(config, scored) },
  };
}

/** Whether the best unfinished beam may still exceed the worst of the `numBeams` best finished ones. */
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

/** Returns the divisor of the sum of n log-probabilities. */
function lengthDivisor({ lengthPenalty, lengthPenaltyForm }: SamplingConfig, n: number): number {
  return (lengthPenaltyForm === 'gnmt' ? (5 + n) / 6 : n) ** lengthPenalty;
}
