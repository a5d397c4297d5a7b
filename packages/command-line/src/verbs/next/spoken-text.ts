import { type AnyDomain, type AnyApp, streamOutputFeature } from '@ramble/core';

/** Controls but line ends: they would move the cursor of a terminal. */
const CONTROLS = /(?!\n)\p{Cc}/gu;

/**
 * What tokens say, safe to show on a terminal: text where the app writes text, with the bytes of a
 * character that is not complete yet after it, `0xE2 0x80`; else the tokens' words.
 */
export function spokenText(
  app: Pick<AnyApp, 'features'>,
  domain: AnyDomain,
  tokens: readonly number[],
): string {
  const describe = (token: number): string => domain.vocabulary.describe(token);
  const stream = streamOutputFeature.of(app)?.(domain);
  if (!stream) return tokens.map(describe).join(' ');
  let text = '';
  let waiting: string[] = [];
  for (const token of tokens) {
    const piece = stream.push(token);
    text += piece;
    waiting = piece === '' ? [...waiting, describe(token)] : [];
  }
  return (text + waiting.join(' ')).replace(CONTROLS, (control) => {
    return `\\u${(control.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}
