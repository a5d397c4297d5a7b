/** `maxNewTokens`, `max-new-tokens` and `max_new_tokens` alike. */
export function snakeCase(name: string): string {
  return name
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replaceAll('-', '_')
    .replace(/^_+/, '');
}
