/** Loads a style sheet that only one view needs. */
export function addStyles(href: string): Promise<unknown> {
  const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
  document.head.append(link);
  return new Promise((resolve) => (link.onload = link.onerror = resolve));
}
