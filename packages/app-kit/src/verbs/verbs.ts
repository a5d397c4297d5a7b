import type { DomainVerb, PlainVerb } from '../cli/verb.js';

/** The verbs of every domain, in the order of the help: `ramble text NAME`. */
export const DOMAIN_VERBS: readonly DomainVerb[] = [];

/** The verbs without a domain: `ramble NAME`. */
export const PLAIN_VERBS: readonly PlainVerb[] = [];
