/** A state of the page that a link leads to: `#/write?model=book&prompt=Call%20me`. */
export interface Place {
  readonly view: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Reads a fragment; one that is empty is the view Write. */
export function parsePlace(fragment: string): Place {
  const [path = '', query = ''] = splitOnce(fragment.replace(/^#\/?/u, ''), '?');
  return { view: path || 'write', params: Object.fromEntries(new URLSearchParams(query)) };
}

/** Writes the fragment of a place; empty values are left out. */
export function formatPlace({ view, params }: Place): string {
  const given = Object.entries(params).filter(([, value]) => value !== '');
  const query = new URLSearchParams(given).toString();
  return `#/${view}${query && '?'}${query}`;
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
