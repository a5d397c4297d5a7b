const waiting: (() => void)[] = [];

/**
 * Does something in a frame of its own, so that pictures that change together stop no frame together.
 *
 * @returns a function that leaves it out, if it was not done yet.
 */
export function inOwnFrame(act: () => void): () => void {
  waiting.push(act);
  if (waiting.length === 1) requestAnimationFrame(next);
  return () => {
    const place = waiting.indexOf(act);
    if (place >= 0) waiting[place] = () => undefined;
  };
}

function next(): void {
  waiting[0]?.();
  waiting.shift();
  if (waiting.length > 0) requestAnimationFrame(next);
}
