/** Formats a probability with 4 digits: `0.0731`; `< 0.0001` for smaller ones. */
export function formatProbability(probability: number): string {
  return probability > 0 && probability < 0.00005 ? '< 0.0001' : probability.toFixed(4);
}

/** Formats a count in three digits: `1.2 million`, `42.3 thousand`, `512`. */
export function formatCount(count: number): string {
  for (const [size, word] of [
    [1e9, 'billion'],
    [1e6, 'million'],
    [1e4, 'thousand'],
  ] as const) {
    if (count >= size) return `${shorten(count / (size === 1e4 ? 1e3 : size))} ${word}`;
  }
  return count.toLocaleString('en');
}

/** Formats a number of bytes: `1.5 kB`. */
export function formatBytes(bytes: number): string {
  for (const [size, unit] of [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const) {
    if (bytes >= size) return `${shorten(bytes / size)} ${unit}`;
  }
  return `${bytes} bytes`;
}

/** Formats a measured value in four digits: `2.137`, `0.0003`, `1.2e-7`. */
export function formatValue(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(1);
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(4)));
}

/** Formats a duration: `12 s`, `2 min`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min${whole % 60 ? ` ${whole % 60} s` : ''}`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
}

function shorten(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** State of the page that a link can open, such as `#/write?model=book&prompt=Call%20me`: a view and its parameters. */
export interface Place {
  readonly view: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Parses the fragment of an address, such as `#/look?model=book`; an empty one is the view Write. */
export function parsePlace(fragment: string): Place {
  const [, path, query] = /^(?:#\/?)?([^?]*)\??(.*)$/su.exec(fragment) ?? [];
  return { view: path || 'write', params: Object.fromEntries(new URLSearchParams(query)) };
}

/** Formats a state of the page as a fragment; empty values are left out. */
export function formatPlace({ view, params }: Place): string {
  const given = Object.entries(params).filter(([, value]) => value !== '');
  const query = new URLSearchParams(given).toString();
  return `#/${view}${query && '?'}${query}`;
}
