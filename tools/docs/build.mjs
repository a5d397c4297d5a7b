/**
 * `npm run docs`: builds the documentation as a site in dist/docs, from README, docs/ and the doc comments of the
 * packages' exports. Fails on a broken link or table.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import lunr from 'lunr';
import { Application, IndexEvent, MarkdownEvent, ReflectionKind } from 'typedoc';

import { optionsPage } from './options-page.mjs';

const root = join(import.meta.dirname, '../..');
/** First pages of the site, in this order; the others follow. */
const FIRST = [
  ...[
    'get-started',
    'install',
    'add-a-domain',
    'models',
    'serve',
    'translation-summaries',
    'music',
  ],
  ...['explorer', 'library', 'engines', 'scale', 'sampling', 'data-and-files', 'options'],
  ...['troubleshooting', 'illustrated-gpt2'],
].map((page) => `docs/${page}.md`);
/** Matches lines of code blocks that are shell commands, by their first word. */
const COMMANDS =
  /^(npx|npm|node|ramble|curl|git|cd|apt-get|python3?|pip|docker|bun|deno|[A-Z_]+=)\b/;
/** Words that readers look up, and the page or export that answers them. */
const LOOK_UPS = {
  AbortSignal: 'Use ramble in a program or a page',
  'beam search': 'Sampling',
  'chat template': 'Import, chat, fine-tune and export models',
  'custom sampler': 'Use ramble in a program or a page',
  'fine-tune': 'Import, chat, fine-tune and export models',
  GGUF: 'Import, chat, fine-tune and export models',
  grammar: 'Grammar', // preferred among members of that name
  'learning rate': 'learningRateAt',
  quantize: 'Engines and speed',
  'training loop': 'Use ramble in a program or a page',
  'web worker': 'Use ramble in a program or a page',
};
/** Number of results that a reader sees without scrolling. */
const FIRST_RESULTS = 6;
const options = join(root, 'docs/options.md');
writeFileSync(options, await optionsPage());
try {
  process.exitCode = await build();
} finally {
  rmSync(options);
}

async function build() {
  const folders = [
    'docs',
    ...['', '/benchmarks', '/decisions', '/log'].map((name) => `docs/dev${name}`),
  ];
  const documents = [...new Set([...FIRST, ...folders.flatMap(pagesIn)])];
  const app = await Application.bootstrap({
    name: 'ramble',
    entryPointStrategy: 'packages',
    entryPoints: readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name)),
    packageOptions: {
      entryPoints: ['src/index.ts'], // a package with several entry points declares them in its package.json
      tsconfig: 'tsconfig.lib.json',
      skipErrorChecking: true, // `npm run typecheck` does it
      validation: { notExported: false },
      disableSources: true, // links to lines need a published repository
    },
    readme: join(root, 'README.md'),
    searchInComments: true,
    searchInDocuments: true,
    projectDocuments: documents.map((path) => join(root, path)),
    out: join(root, 'dist/docs'),
    sort: ['documents-first', 'source-order'],
    kindSortOrder: ['Document', 'Module'],
    treatWarningsAsErrors: true,
    treatValidationWarningsAsErrors: true,
  });
  const before = 1; // a higher priority than the parser's
  app.renderer.on(
    MarkdownEvent.PARSE,
    (page) => {
      page.parsedText = nameFences(page.parsedText);
    },
    before,
  );
  app.renderer.on(IndexEvent.PREPARE_INDEX, weighSearch);
  const project = await app.convert();
  if (!project) return 1;
  // The site puts the project's name above README, which begins with the same name.
  project.readme[0].text = project.readme[0].text.replace(/^# ramble\n+/, '');
  for (const page of project.getReflectionsByKind(ReflectionKind.Document))
    page.name = titleOf(page);
  app.validate(project);
  await app.generateOutputs(project);
  checkFront();
  checkTables();
  checkSearch();
  return app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0;
}

/** @throws Error if the site's first page has more than one h1 heading, or highlights shell commands as TypeScript. */
function checkFront() {
  const html = readFileSync(join(root, 'dist/docs/index.html'), 'utf8');
  const headings = html.match(/<h1[ >].*?<\/h1>/g) ?? [];
  if (headings.length !== 1) {
    throw new Error(`index.html: expected one heading, got ${headings.join(' ')}`);
  }
  const [, language] = /<code class="(\w+)">(?:<[^>]*>)*npx/.exec(html) ?? [];
  if (language !== 'sh') throw new Error(`index.html: expected npx in sh, got ${language}`);
}

/** @throws Error if a page shows a table as text, as when its header has more cells than the line below. */
function checkTables() {
  const folder = join(root, 'dist/docs/documents');
  for (const page of readdirSync(folder)) {
    const [broken] = /<p>\|[^<]*/.exec(readFileSync(join(folder, page), 'utf8')) ?? [];
    if (broken) throw new Error(`${page}: expected a table, got ${broken}`);
  }
}

/**
 * Weights the site's search: matches in the text of guides rank above exports whose names contain only part of the
 * query.
 */
function weighSearch(index) {
  index.searchFieldWeights = { name: 5, comment: 2, document: 10 };
  index.searchResults = index.searchResults.filter(
    ({ name }) => !/^development\/(decisions|log)\//.test(name),
  );
  for (const result of index.searchResults) {
    if (result.isDocument()) result.relevanceBoost = 8;
    else if (result.parent?.kindOf(ReflectionKind.Module)) result.relevanceBoost = 2; // an export, not a member
  }
}

/** @throws Error unless the site's search finds each page of `LOOK_UPS` among its first results. */
function checkSearch() {
  const script = readFileSync(join(root, 'dist/docs/assets/search.js'), 'utf8');
  const [, packed] = /"(.*)"/.exec(script);
  const { rows, index } = JSON.parse(inflateSync(Buffer.from(packed, 'base64')));
  const search = lunr.Index.load(index);
  for (const [words, wanted] of Object.entries(LOOK_UPS)) {
    // Searches like the site: words in any order, then names that begin with them first.
    const found = search
      .search(words.replaceAll(/\S+/g, '*$&*'))
      .map(({ ref, score }) => ({
        name: rows[ref].name,
        score: score * boostOf(rows[ref].name, words),
      }))
      .sort((a, b) => b.score - a.score)
      .slice(0, FIRST_RESULTS)
      .map(({ name }) => name);
    if (found.includes(wanted)) continue;
    throw new Error(`search for ${words}: expected ${wanted}, got ${found.join(', ')}`);
  }
}

/** Returns the factor of TypeDoc's search for names that begin with the words. */
function boostOf(name, words) {
  if (!name.toLowerCase().startsWith(words.toLowerCase())) return 1;
  return 10 / (1 + Math.abs(name.length - words.length));
}

/** Returns a page's title from its first heading; a slash makes a folder of the navigation. */
function titleOf({ name: path, content }) {
  const [, title] = /^# (.*)$/m.exec(content[0].text);
  const dev = /\bdev\/(\w+\/)?/.exec(path);
  return dev ? `development/${dev[1] ?? ''}${title}` : title;
}

function pagesIn(folder) {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/**
 * Names the language of blocks of code without one, which the site would colour as TypeScript: commands become
 * `sh`, output of programs becomes text.
 */
function nameFences(markdown) {
  return markdown.replace(/^```(\S*)[^\n]*\n(.*?)^```$/gms, (_, language, block) => {
    const guess = block.split('\n').some((line) => COMMANDS.test(line)) ? 'sh' : 'text';
    return `\`\`\`${language || guess}\n${block}\`\`\``;
  });
}
