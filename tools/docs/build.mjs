/**
 * `npm run docs`: the documentation as a site in dist/docs, from README, docs/ and the doc comments of
 * what the packages export. Fails on a link that leads nowhere.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, MarkdownEvent, ReflectionKind } from 'typedoc';

import { nameFences } from './name-fences.mjs';
import { optionsPage } from './options-page.mjs';

const root = join(import.meta.dirname, '../..');
/** Pages that a reader meets first, in this order; the others follow. */
const FIRST = [
  'docs/get-started.md',
  ...['text', 'translation', 'summarization', 'music'].map((app) => `apps/${app}/README.md`),
  ...['add-a-domain', 'library', 'data', 'sampling', 'chat', 'explorer', 'engines', 'formats'].map(
    (page) => `docs/${page}.md`,
  ),
  ...['options', 'troubleshooting', 'illustrated-gpt2', 'architecture', 'glossary'].map(
    (page) => `docs/${page}.md`,
  ),
];
const options = join(root, 'docs/options.md');
writeFileSync(options, await optionsPage());
try {
  process.exitCode = await build();
} finally {
  rmSync(options);
}

async function build() {
  const folders = ['docs', 'docs/benchmarks', 'docs/decisions', 'docs/log'];
  const documents = [...new Set([...FIRST, ...folders.flatMap(pagesIn)])];
  const app = await Application.bootstrap({
    name: 'ramble',
    entryPointStrategy: 'packages',
    entryPoints: readdirSync(join(root, 'packages'))
      .map((name) => join(root, 'packages', name))
      .filter((folder) => existsSync(join(folder, 'src/index.ts'))), // the page exports nothing
    packageOptions: {
      entryPoints: ['src/index.ts'],
      tsconfig: 'tsconfig.lib.json',
      skipErrorChecking: true, // `npm run typecheck` does it
      validation: { notExported: false },
      disableSources: true, // links to lines need a repository that is published
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
  const project = await app.convert();
  if (!project) return 1;
  // The site puts the project's name above README, which begins with it too.
  project.readme[0].text = project.readme[0].text.replace(/^# ramble\n+/, '');
  for (const page of project.getReflectionsByKind(ReflectionKind.Document))
    page.name = titleOf(page);
  app.validate(project);
  await app.generateOutputs(project);
  checkFront();
  return app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0;
}

/** @throws Error where the first page says its name twice, or colours commands as TypeScript. */
function checkFront() {
  const html = readFileSync(join(root, 'dist/docs/index.html'), 'utf8');
  const headings = html.match(/<h1[ >].*?<\/h1>/g) ?? [];
  if (headings.length !== 1) {
    throw new Error(`index.html: expected one heading, got ${headings.join(' ')}`);
  }
  const [, language] = /<code class="(\w+)">(?:<[^>]*>)*npx/.exec(html) ?? [];
  if (language !== 'sh') throw new Error(`index.html: expected npx in sh, got ${language}`);
}

/** A page is called what its first heading says; a slash makes a folder of the navigation. */
function titleOf({ name: path, content }) {
  const app = /^apps\/(\w+)/.exec(path);
  if (app) return `domains/${app[1]}`;
  const [, title] = /^# (.*)$/m.exec(content[0].text);
  const [, folder] = /\b(benchmarks|decisions|log)\//.exec(path) ?? [];
  return folder ? `${folder}/${title}` : title;
}

function pagesIn(folder) {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}
