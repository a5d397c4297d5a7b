/** Losses of pairs of a chosen and a rejected answer, from the log probabilities of the answers. */
import { adapterKindOf, type AdapterSettings } from '../parameters/adapter-kinds.js';
import { POSITIVE, type SettingTable } from '../settings/settings.js';

/** Log probability of an answer: the sum over its tokens, each multiplied by its loss weight. */
export interface AnswerScore {
  readonly sum: number;
  /** Sum of the loss weights: the number of tokens if all weights are 1. */
  readonly count: number;
  /** Sum of the log probabilities by the reference model; 0 for losses that use no reference model. */
  readonly reference: number;
}

/** Loss of a pair, with the loss's derivatives with respect to the log probabilities of both answers. */
interface PairLoss {
  readonly loss: number;
  readonly slopes: readonly [chosen: number, rejected: number];
  /** Reward of the chosen answer minus the reward of the rejected one. */
  readonly margin: number;
}

interface PreferenceLoss {
  /** Whether the loss uses a reference model: the model without its adapters. */
  readonly hasReference: boolean;
  of(chosen: AnswerScore, rejected: AnswerScore, beta: number): PairLoss;
}

/** Preference losses by name, as the setting `preference` chooses them. */
export const PREFERENCE_LOSSES = {
  /**
   * Direct preference optimization (DPO).
   *
   * @see Rafailov et al. 2023, equation 7, https://arxiv.org/abs/2305.18290
   */
  dpo: {
    hasReference: true,
    of: (chosen, rejected, beta) => {
      const [ours, others] = [chosen, rejected].map(({ sum, reference }) => sum - reference);
      const margin = beta * (ours - others);
      const slope = -beta * sigmoid(-margin);
      return { loss: softplus(-margin), slopes: [slope, -slope], margin };
    },
  },
  /**
   * Odds ratio preference optimization (ORPO).
   *
   * @see Hong et al. 2024, equations 3 to 7, https://arxiv.org/abs/2403.07691
   */
  orpo: {
    hasReference: false,
    of: (chosen, rejected, beta) => {
      const [ours, others] = [chosen, rejected].map(({ sum, count }) => oddsOf(sum / count));
      const ratio = ours.logOdds - others.logOdds;
      const slope = -beta * sigmoid(-ratio);
      return {
        loss: -ours.mean + beta * softplus(-ratio),
        slopes: [(slope * ours.slope - 1) / chosen.count, (-slope * others.slope) / rejected.count],
        margin: beta * (ours.mean - others.mean),
      };
    },
  },
} as const satisfies Readonly<Record<string, PreferenceLoss>>;

type PreferenceName = keyof typeof PREFERENCE_LOSSES;

/** The settings of training on pairs. */
export interface PreferenceSettings {
  /** Loss of pairs; `none` for the loss of tokens. */
  readonly preference: 'none' | PreferenceName;
  /** The strength of the preference: beta of DPO, lambda of ORPO. */
  readonly preferenceBeta: number;
}

/** Table of the settings of training on pairs. */
export const PREFERENCE_SETTINGS: SettingTable<PreferenceSettings> = {
  preference: {
    kind: 'choice',
    choices: ['none', ...(Object.keys(PREFERENCE_LOSSES) as PreferenceName[])], // its own names
    default: 'none',
    isLater: true,
    description:
      'Loss of pairs of chosen and rejected answers: dpo (with LoRA) or orpo; none learns the chosen answers.',
  },
  preferenceBeta: {
    ...POSITIVE,
    default: 0.1,
    isLater: true,
    description:
      'Strength of the preference: beta of dpo (lower values let the model change more), or lambda of orpo.',
  },
};

/**
 * Names of settings of the token loss (cross-entropy). They must be off if the model is trained on preference pairs.
 */
const TOKEN_LOSSES = [
  'labelSmoothing',
  'zLoss',
  'rDrop',
  'secondTarget',
  'intermediateLosses',
] as const;

/**
 * Checks that the other training settings can be combined with the preference loss.
 *
 * @throws RangeError that names the setting.
 */
export function checkPreference({
  preference,
  ...others
}: Pick<PreferenceSettings, 'preference'> &
  Partial<AdapterSettings> &
  Readonly<Record<(typeof TOKEN_LOSSES)[number], number | boolean>>): void {
  if (preference === 'none') return;
  if (PREFERENCE_LOSSES[preference].hasReference && !adapterKindOf(others)) {
    throw new RangeError(
      `loraRank: expected above 0 with preference ${preference}, whose reference is the model without adapters, got 0; ` +
        'or use preference orpo, which has no reference',
    );
  }
  const wrong = TOKEN_LOSSES.find((name) => Boolean(others[name]));
  if (wrong === undefined) return;
  throw new RangeError(
    `${wrong}: expected none with preference ${preference}, whose loss is on whole answers, got ${others[wrong]}`,
  );
}

/**
 * Maximum mean log probability for the odds of ORPO. Larger ones are reduced to it, because a probability of 1 has
 * infinite odds.
 */
const MAX_MEAN = -1e-7;

/** Returns a mean log probability, at most `MAX_MEAN`, its log odds, and the derivative (`slope`) of the log odds. */
function oddsOf(given: number): { mean: number; logOdds: number; slope: number } {
  const mean = Math.min(given, MAX_MEAN);
  const complement = -Math.expm1(mean); // 1 - p
  return { mean, logOdds: mean - Math.log(complement), slope: 1 / complement };
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Returns `log(1 + exp(x))`, without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
