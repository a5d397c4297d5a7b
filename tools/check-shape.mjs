/**
 * `npm run shape`: compares counts of the sources' size and structure with the limits in tools/shape.json. A count
 * above its limit fails. `npm run shape -- --update` lowers the limits to the counts; it never raises one. Lines of
 * code are lines that are not blank and not only a comment, so that no limit is a reason for a shorter comment.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import ts from 'typescript';

import { findRises, lowerCounts } from './lint/count-english.mjs';

const LIMITS = join(import.meta.dirname, 'shape.json');
const MAX_FILE_LINES = 220;
const MIN_FILE_LINES = 31;
const MAX_FUNCTION_LINES = 60;
const CORE = 'packages/core/src';

const root = join(import.meta.dirname, '..');
const read = (file) => readFileSync(join(root, file), 'utf8');
const tracked = execFileSync('git', ['ls-files', 'packages', 'apps'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter(Boolean);
const sources = new Map(
  tracked
    .filter((file) => /\/src\/.*\.tsx?$/.test(file) && !/\.(spec|gen)\.tsx?$/.test(file))
    .map((file) => {
      const text = read(file);
      return [file, ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)];
    }),
);
/** Source files of entry points, by the names in imports. */
const entryPoints = new Map(
  tracked
    .filter((file) => /^[^/]+\/[^/]+\/package\.json$/.test(file))
    .flatMap((file) => {
      const { name, exports = {} } = JSON.parse(read(file));
      return Object.entries(exports).flatMap(([key, { '@ramble/source': source } = {}]) =>
        source ? [[name + key.slice(1), normalize(join(dirname(file), source))]] : [],
      );
    }),
);

const lineOf = (file, position) => file.getLineAndCharacterOfPosition(position).line;
const lines = (file) => lineOf(file, file.end);

/** Returns the numbers of the lines of code of a node. */
function codeLines(node, file, found = new Set()) {
  const children = node.getChildren(file).filter(({ kind }) => !isComment(kind));
  for (const child of children) codeLines(child, file, found);
  if (children.length > 0 || node.kind === ts.SyntaxKind.EndOfFileToken) return found;
  const last = lineOf(file, node.end);
  for (let line = lineOf(file, node.getStart(file)); line <= last; line++) found.add(line);
  return found;
}

const isComment = (kind) =>
  kind >= ts.SyntaxKind.FirstJSDocNode && kind <= ts.SyntaxKind.LastJSDocNode;

/** Returns functions over the limit of length, with their files and first lines. */
function longFunctions() {
  const found = [];
  for (const [name, file] of sources) {
    const visit = (node) => {
      const isFunction =
        ts.isFunctionDeclaration(node) ||
        ts.isFunctionExpression(node) ||
        ts.isArrowFunction(node) ||
        ts.isMethodDeclaration(node);
      if (isFunction) {
        if (codeLines(node, file).size > MAX_FUNCTION_LINES)
          found.push(`${name}:${lineOf(file, node.getStart()) + 1}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}

/** Returns the files that a file loads, including itself, without imports that are only types. */
function closure(first) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name) || !sources.has(name)) return;
    found.add(name);
    for (const node of sources.get(name).statements) {
      if (!node.moduleSpecifier || isTypes(node)) continue;
      const { text } = node.moduleSpecifier;
      if (!text.startsWith('.')) visit(entryPoints.get(text));
      else
        for (const end of ['.ts', '.tsx']) visit(join(dirname(name), text.replace(/\.js$/, end)));
    }
  };
  visit(first);
  return [...found];
}

/** Whether a declaration imports or exports only types. */
function isTypes(node) {
  const clause = node.importClause ?? node;
  if (clause.isTypeOnly) return true;
  const { elements } = node.importClause?.namedBindings ?? node.exportClause ?? {};
  return (
    !node.importClause?.name && !!elements?.length && elements.every((each) => each.isTypeOnly)
  );
}

/** Names that an entry point exports. */
const names = (file) =>
  sources
    .get(file)
    .statements.flatMap(
      (node) =>
        node.exportClause?.elements?.map((each) => each.name.text) ??
        [node.exportClause?.name?.text].filter(Boolean),
    );

/** Members of an interface. */
const members = (file, name) =>
  sources
    .get(file)
    .statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name)
    .members.map((each) => each.name.getText());

const doors = new Set(entryPoints.values());
const files = [...sources];
const found = {
  'source files': files.map(([name]) => name),
  'source files under 31 lines, entry points apart': files
    .filter(([name, file]) => lines(file) < MIN_FILE_LINES && !doors.has(name))
    .map(([name]) => name),
  'source files over 220 lines of code': files
    .filter(([, file]) => codeLines(file, file).size > MAX_FILE_LINES)
    .map(([name]) => name),
  'functions over 60 lines of code': longFunctions(),
  'files that model/forward.ts loads': closure(`${CORE}/model/forward.ts`),
  'files that training/train.ts loads': closure(`${CORE}/training/train.ts`),
  'files that scheduling/scheduler.ts loads': closure(`${CORE}/scheduling/scheduler.ts`),
  'names that @ramble/core exports': names(`${CORE}/index.ts`),
  'members of App': members(`${CORE}/app/app.ts`, 'App'),
};

const limits = JSON.parse(readFileSync(LIMITS, 'utf8'));
const counts = Object.fromEntries(
  Object.entries(found).map(([what, { length }]) => [what, length]),
);
for (const [what, count] of Object.entries(counts))
  console.log(`${String(count).padStart(6)} of at most ${limits[what] ?? Infinity}  ${what}`);
for (const [what, count, limit] of findRises(counts, limits, Infinity)) {
  process.exitCode = 1;
  console.error(`shape: ${what} rose from ${limit} to ${count}; see "A file" in CONTRIBUTING.md`);
}
const [wanted] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
if (wanted)
  console.log(
    found[wanted]?.join('\n') ?? `${wanted}: expected one of ${Object.keys(found).join(', ')}`,
  );
if (process.argv.includes('--update')) {
  const lowered = lowerCounts(counts, limits, Infinity);
  writeFileSync(LIMITS, `${JSON.stringify(lowered, null, 2)}\n`);
}
