import { maskedAttention } from './masked.js';
import { PREFIX_SIGHT } from './sight.js';

/**
 * Causal attention in which the first positions of a sequence see one another both ways.
 *
 * @see Raffel et al. 2020, section 3.2.1, https://arxiv.org/abs/1910.10683, for prefix language models
 */
export const prefix = maskedAttention({ hasPrefix: true, of: () => PREFIX_SIGHT });
