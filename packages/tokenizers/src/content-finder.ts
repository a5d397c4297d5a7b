interface Node {
  readonly next: Map<number, Node>;
  content?: string;
}

/** A place where one of the contents stands. */
export interface FoundContent {
  readonly content: string;
  readonly index: number;
}

/**
 * Prepares a search for many contents at once: the leftmost first, of several at one place the longest,
 * none overlapping. Their number costs nothing, unlike that of the alternatives of an expression:
 * Gemma has six thousand.
 */
export function contentFinder(
  contents: readonly string[],
): (text: string) => Generator<FoundContent> {
  const root: Node = { next: new Map() };
  for (const content of contents) {
    let node = root;
    for (let at = 0; at < content.length; at++) {
      const unit = content.charCodeAt(at);
      let next = node.next.get(unit);
      if (!next) node.next.set(unit, (next = { next: new Map() }));
      node = next;
    }
    node.content = content;
  }
  return function* (text) {
    for (let index = 0; index < text.length;) {
      const content = longestAt(root, text, index);
      if (content !== undefined) yield { content, index };
      index += content?.length ?? 1;
    }
  };
}

function longestAt(root: Node, text: string, index: number): string | undefined {
  let longest: string | undefined;
  let node = root.next.get(text.charCodeAt(index));
  for (let at = index + 1; node !== undefined; at++) {
    longest = node.content ?? longest;
    node = node.next.get(text.charCodeAt(at)); // beyond the end it is NaN, which no node has
  }
  return longest;
}
