import type { Decoder } from '../model/decoder.js';
import type { TokenPrompt } from '../domain/domain.js';
import { type Beams, createBeams, type FinishedBeam } from '../sampling/beams.js';
import type { SamplingRules } from '../sampling/sampling-rules.js';
import type { ScheduledSequence } from './scheduled-sequence.js';

/** The rules of a beam search, and who is told of its outputs, which all come at its end. */
export interface SearchedOutputOptions {
  readonly rules: SamplingRules;
  /** Whether a beam ends with these tokens. */
  readonly stopWhen: (output: readonly number[]) => boolean;
  /** Whether the search ends with this step, whatever is unfinished. */
  readonly isLate?: () => boolean;
  /** Called after each step with the beams that survive it, from which a tree of the search can be drawn. */
  readonly onStep?: (survivors: Pick<Beams, 'pending' | 'sources' | 'sums'>) => void;
  /** Called with the `nBest` outputs, the best first; none where filters left nothing to any beam. */
  readonly onEnd: (outputs: readonly FinishedBeam[]) => void;
  readonly onFail: (error: unknown) => void;
}

/**
 * Begins a beam search that a scheduler runs in as many slots as it has beams.
 *
 * @param prompt - At least one token; of a longer prompt than the context the end is read.
 */
export function searchedOutput(
  decoder: Decoder,
  prompt: TokenPrompt,
  { rules, stopWhen, isLate = () => false, onStep, onEnd, onFail }: SearchedOutputOptions,
): ScheduledSequence {
  const { numBeams, nBest } = rules.config;
  const V = decoder.config.vocabSize;
  const beams = createBeams(decoder, prompt, { rules, stopWhen });
  return {
    width: numBeams,
    choose: (logits) => {
      const rows = beams.pending.map((_, i) => logits.subarray(i * V, (i + 1) * V));
      beams.choose(rows, isLate());
      onStep?.(beams);
      if (!beams.hasEnded) {
        const tokens = beams.pending.map((pending) => pending.tokens[0]);
        return { kind: 'beams', tokens, sources: beams.sources };
      }
      onEnd(beams.finished.slice(0, nBest));
      return undefined;
    },
    fail: onFail,
  };
}
