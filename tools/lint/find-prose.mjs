import ts from 'typescript';

/** Tags whose text is not prose. */
const CODE_TAGS = ['see', 'example', 'type', 'import', 'typedef', 'link'];

/** Files whose error texts name what an input file lacks: the input file is the given value. */
const READS_FILES = /^packages\/(?:safetensors|gguf|runs\/src\/(?:safetensors|gguf|weights))\//u;

/** Returns the paragraphs of a doc comment: its description and the text of each tag. */
function paragraphsOf(comment) {
  const lines = comment
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\*\s?/u, '').trim());
  const paragraphs = [];
  for (const [offset, line] of lines.entries()) {
    const tag = /^@(\w+)(?:\s+\{[^}]*\})?/u.exec(line);
    if (line === '' && paragraphs.length === 0) continue;
    if (tag === null && paragraphs.length > 0) paragraphs.at(-1).text += ` ${line}`;
    else paragraphs.push({ tag: tag?.[1], text: line.slice(tag?.[0].length ?? 0), offset });
  }
  return paragraphs
    .filter(({ tag }) => !CODE_TAGS.includes(tag))
    .map(({ tag, text, offset }) => ({
      text: (tag === 'param' ? text.replace(/^\s*\S+\s*(?:-\s*)?/u, '') : text).trim(),
      offset,
    }));
}

/** Returns the text of a string, a template or a sum of them, with `…` for values; `undefined` for other nodes. */
function wordsOf(node) {
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [node.left, node.right].map(wordsOf);
    return left === undefined ? right : left + (right ?? '…');
  }
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  return undefined;
}

/** Whether a call is `it(…)`, `test(…)`, `it.each(…)(…)` or the like. */
function isTest({ expression }) {
  let callee = expression;
  while (!ts.isIdentifier(callee)) {
    callee = callee.expression ?? callee.tag;
    if (callee === undefined) return false;
  }
  return ['it', 'test'].includes(callee.text);
}

/**
 * Returns the prose of a source file: paragraphs of doc comments, descriptions of settings, titles of tests, and
 * messages (every string outside tests).
 *
 * @param path - Path from the root of the repository.
 * @returns a list of `{ kind, text, line }`, with kinds as `faultsOf` takes them; lines begin at 1
 */
export function findProse(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, false);
  const found = [];
  const add = (kind, text, position, offset = 0) => {
    if (text === undefined) return;
    const { line } = file.getLineAndCharacterOfPosition(position);
    found.push({ kind, text, line: line + 1 + offset });
  };
  const hasMessages = !/\.spec\.\w+$/u.test(path) && !READS_FILES.test(path);
  let commentsEnd = -1;
  const visit = (node) => {
    for (const { pos, end } of node.pos > commentsEnd
      ? (ts.getLeadingCommentRanges(source, node.pos) ?? [])
      : []) {
      commentsEnd = end;
      if (!source.startsWith('/**', pos) || end - pos < 5) continue;
      for (const { text, offset } of paragraphsOf(source.slice(pos, end)))
        add('comment', text, pos, offset);
    }
    if (ts.isPropertyAssignment(node) && node.name.text === 'description')
      add('description', wordsOf(node.initializer), node.initializer.end);
    else if (ts.isCallExpression(node) && node.arguments.length > 1 && isTest(node))
      add('title', wordsOf(node.arguments[0]), node.arguments[0].end);
    if (hasMessages && !ts.isBinaryExpression(node)) add('message', wordsOf(node), node.end);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  return found;
}
