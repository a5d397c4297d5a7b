/** Converts `maxNewTokens` and `max-new-tokens` to `max_new_tokens`. */
export function snakeCase(name: string): string {
  return name
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replaceAll('-', '_')
    .replace(/^_+/, '');
}
