/** The release of sacreBLEU whose scores these are, to the last printed digit. */
const SACREBLEU_VERSION = '2.6.0';
/** The release of rouge-score whose scores ROUGE equals. */
export const ROUGE_SCORE_VERSION = '0.1.2';

/** Settings as sacreBLEU writes them: `nrefs:1|case:mixed|…|version:2.6.0`. */
export function signatureOf(
  referenceCount: number,
  settings: Readonly<Record<string, string | number | boolean>>,
  version: string = SACREBLEU_VERSION,
): string {
  const parts = Object.entries({ nrefs: referenceCount, ...settings, version });
  return parts.map(([name, value]) => `${name}:${wordOf(value)}`).join('|');
}

/** Options of a test's resampling, under sacreBLEU's names. */
export interface Resampled {
  /** `bs` for a bootstrap, `ar` for approximate randomization. */
  readonly test: 'bs' | 'ar';
  readonly samples: number;
  readonly seed: number;
}

/** A signature that says how corpora were drawn too, as sacreBLEU writes it: `nrefs:1|bs:1000|seed:12345|…`. */
export function resampledSignature(signature: string, { test, samples, seed }: Resampled): string {
  const [references, ...settings] = signature.split('|');
  return [references, `${test}:${samples}`, `seed:${seed}`, ...settings].join('|');
}

function wordOf(value: string | number | boolean): string {
  if (typeof value !== 'boolean') return String(value);
  return value ? 'yes' : 'no';
}
