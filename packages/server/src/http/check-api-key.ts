/**
 * Checks the key that a server is started with: HTTP clients disagree about all but visible ASCII in a
 * header, so that another key would let in some and keep out others.
 *
 * @throws RangeError that does not tell the key.
 */
export function checkApiKey(apiKey: string | undefined): void {
  if (apiKey === undefined || /^[!-~]+$/.test(apiKey)) return;
  const got = apiKey === '' ? 'an empty one' : 'one with other characters';
  throw new RangeError(
    `apiKey: expected letters, digits and signs of ASCII without spaces, got ${got}`,
  );
}
