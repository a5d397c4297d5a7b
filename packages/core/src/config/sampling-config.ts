import { checkSettings } from './check-settings.js';
import type { SettingTable } from './settings.js';

/** How the next token is chosen. */
export interface SamplingConfig {
  /** The most likely token, or a draw from the filtered distribution. */
  readonly method: 'random' | 'greedy';
  /** Divides the logits; below 1 the likely tokens become likelier. */
  readonly temperature: number;
  /** Only the k most likely tokens stay, and those equal to the k-th; 0 keeps all. */
  readonly topK: number;
  /** The smallest set of likely tokens whose probabilities reach this sum stays; 1 keeps all. */
  readonly topP: number;
  readonly maxNewTokens: number;
  /**
   * Share of the context that is forgotten when it is full. Learned positions belong to places in
   * the window, so each slide computes the rest of the window anew: a small share costs more a
   * token, a large one forgets more at once.
   */
  readonly slideShare: number;
  /** Everything drawn follows from it. */
  readonly seed: number;
}

export const SAMPLING_SETTINGS: SettingTable<SamplingConfig> = {
  method: {
    kind: 'choice',
    choices: ['random', 'greedy'],
    default: 'random',
    description: 'A draw from the distribution, or the most likely token.',
  },
  temperature: {
    kind: 'number',
    min: 0,
    exclusive: 'min',
    default: 1,
    description: 'Divides the logits: below 1 bolder in what is likely, above 1 more varied.',
  },
  topK: {
    kind: 'integer',
    min: 0,
    default: 0,
    description: 'Only the k most likely tokens may be drawn; 0 for all.',
  },
  topP: {
    kind: 'number',
    min: 0,
    max: 1,
    exclusive: 'min',
    default: 1,
    description: 'Only the likeliest tokens that together reach this probability may be drawn.',
  },
  maxNewTokens: {
    kind: 'integer',
    min: 1,
    default: 200,
    description: 'Most tokens that are added to the prompt.',
  },
  slideShare: {
    kind: 'number',
    min: 0,
    max: 1,
    exclusive: 'both',
    default: 0.25,
    description: 'Share of a full context that is forgotten before writing on.',
  },
  seed: {
    kind: 'integer',
    min: 0,
    default: 0,
    description: 'Everything drawn at random follows from it.',
  },
};

/**
 * Fills in defaults and checks the whole.
 *
 * @throws TypeError or RangeError that names the setting.
 */
export function samplingConfig(given: Readonly<Partial<SamplingConfig>> = {}): SamplingConfig {
  return checkSettings(SAMPLING_SETTINGS, given);
}
