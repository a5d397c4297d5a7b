/**
 * Doc comments of exported names and of their members are read on hover, without the code around them.
 * Each one must have a description, and none may begin with a word that depends on the text before
 * it: "Of each token.", "The same, instead of valid.", "Where it goes.". The rule cannot see
 * whether the description is a good one, nor whether an export has a comment at all.
 */

/** First words that make a comment depend on the text before it. */
const LEANING = [
  ...[
    'Of',
    'The same',
    'As',
    'Those',
    'These',
    'Them',
    'They',
    'It',
    'Its',
    'Their',
    'Whose',
    'The other way',
  ],
  ...[
    'Which',
    'Where',
    'Who',
    'When',
    'In',
    'At',
    'To',
    'For',
    'From',
    'By',
    'With',
    'Without',
    'On',
  ],
  ...['Before', 'Behind', 'Beside', 'After', 'Until', 'Since', 'And', 'Or', 'But', 'Else', 'Also'],
  ...['Another', 'Both', 'Absent', 'Undefined', 'Not', 'None', 'So', 'Has'],
];
const FRAGMENT = new RegExp(`^(?:${LEANING.join('|')})\\b`, 'u');

/** Returns the description of a doc comment: its text up to the first tag, in one line. */
export function descriptionOf(comment) {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*+\s?/u, '').trim());
  const tag = lines.findIndex((line) => line.startsWith('@'));
  return lines
    .slice(0, tag < 0 ? undefined : tag)
    .join(' ')
    .trim();
}

/** Returns the fault of a description; `undefined` for a proper one. */
export function faultOf(description) {
  if (description === '') return 'expected a sentence before its tags, got none';
  const leaning = FRAGMENT.exec(description)?.[0];
  if (leaning === undefined) return undefined;
  return `expected a sentence that stands alone, got one that begins with "${leaning}"`;
}

/** @type {import('eslint').Rule.RuleModule} */
const rule = {
  meta: { type: 'suggestion', schema: [] },
  create: (context) => {
    const check = (node) => {
      const [comment] = context.sourceCode.getCommentsBefore(node).slice(-1);
      if (comment?.type !== 'Block' || !comment.value.startsWith('*')) return;
      const fault = faultOf(descriptionOf(comment.value));
      if (fault !== undefined)
        context.report({ loc: comment.loc, message: `doc comment: ${fault}` });
    };
    const exported = 'ExportNamedDeclaration';
    const kinds = [
      'TSPropertySignature',
      'TSMethodSignature',
      'PropertyDefinition',
      'MethodDefinition',
    ];
    return { [exported]: check, [`${exported} :matches(${kinds.join(', ')})`]: check };
  },
};

/** The plugin that `eslint.config.mjs` loads. */
export default { rules: { 'doc-comment': rule } };
