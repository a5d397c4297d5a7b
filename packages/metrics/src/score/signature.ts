/** The release whose scores these are, to the last printed digit. */
const SACREBLEU_VERSION = '2.6.0';
/** The same of ROUGE. */
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

function wordOf(value: string | number | boolean): string {
  if (typeof value !== 'boolean') return String(value);
  return value ? 'yes' : 'no';
}
