import { maskedAttention, type SightKind } from './masked.js';
import { CAUSAL_SIGHT } from './sight.js';

/** The causal mask: every position sees all positions up to itself. */
export const CAUSAL: SightKind = { isMovable: true, of: () => CAUSAL_SIGHT };

/** GPT-2's attention: a position attends to all positions up to itself. */
export const causal = maskedAttention(CAUSAL);
