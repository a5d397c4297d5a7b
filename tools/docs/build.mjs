/**
 * `npm run docs`: the documentation as a site in dist/docs, from README, docs/ and the doc comments of
 * what the packages export. Fails on a link that leads nowhere.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, ReflectionKind } from 'typedoc';

import { optionsPage } from './options-page.mjs';

const root = join(import.meta.dirname, '../..');
/** Pages that a reader meets first, in this order; the others follow. */
const FIRST = [
  'docs/get-started.md',
  ...['text', 'translation', 'summarization', 'music'].map((app) => `apps/${app}/README.md`),
  ...['add-a-domain', 'sampling', 'engines', 'formats'].map((page) => `docs/${page}.md`),
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
  const documents = [...new Set([...FIRST, ...pagesIn('docs'), ...pagesIn('docs/decisions')])];
  const app = await Application.bootstrap({
    name: 'ramble',
    entryPointStrategy: 'packages',
    entryPoints: readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name)),
    packageOptions: {
      entryPoints: ['src/index.ts'],
      tsconfig: 'tsconfig.lib.json',
      skipErrorChecking: true, // `npm run typecheck` does it
      validation: { notExported: false },
      disableSources: true, // links to lines need a repository that is published
    },
    readme: join(root, 'README.md'),
    projectDocuments: documents.map((path) => join(root, path)),
    out: join(root, 'dist/docs'),
    sort: ['documents-first', 'source-order'],
    kindSortOrder: ['Document', 'Module'],
    treatWarningsAsErrors: true,
    treatValidationWarningsAsErrors: true,
  });
  const project = await app.convert();
  if (!project) return 1;
  for (const page of project.getReflectionsByKind(ReflectionKind.Document))
    page.name = titleOf(page);
  app.validate(project);
  await app.generateOutputs(project);
  return app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0;
}

/** A page is called what its first heading says; a slash makes a folder of the navigation. */
function titleOf({ name: path, content }) {
  const app = /^apps\/(\w+)/.exec(path);
  if (app) return `domains/${app[1]}`;
  const [, title] = /^# (.*)$/m.exec(content[0].text);
  return path.includes('decisions/') ? `decisions/${title}` : title;
}

function pagesIn(folder) {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}
