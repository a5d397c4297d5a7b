import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const RAMBLE = fileURLToPath(new URL('../../apps/ramble/bin/ramble.js', import.meta.url));
const [OWN, COMMON] = ['Options', 'For every verb'];

/** The page of all options, in markdown, from what `--help` says of every verb. */
export async function optionsPage() {
  const overview = listsIn(await help());
  const names = (title) => overview.get(title).map(([name]) => name);
  const [domain, ...others] = names('Domains').filter((name) => !name.startsWith('.'));
  const groups = new Map(); // options that several verbs have, by heading
  const sections = [];
  for (const verb of names('Verbs of a domain')) {
    const lists = await optionsOf(domain, verb);
    lists.forEach((rows, title) => addNew(groups, title, rows, title));
    sections.push(section(verb, lists));
  }
  for (const other of others) {
    for (const verb of ['train', 'sample']) {
      for (const [title, rows] of await optionsOf(other, verb)) {
        addNew(groups, title, rows, title.toLowerCase() === other ? title : `${title}, ${other}`);
      }
    }
  }
  groups.delete(OWN);
  const plain = [];
  for (const name of names('Verbs without one')) {
    const verbs = listsIn(await help(name)).get('Verbs') ?? [['']];
    for (const [verb] of verbs) {
      const command = `${name} ${verb}`.trim();
      plain.push(section(command, await optionsOf(...command.split(' '))));
    }
  }
  return `${[
    '# Options',
    'What `--help` says of every verb. Settings of the model, of training and of a domain may also stand in a file of JSON, with names in camelCase: `--config settings.json`.',
    '## Verbs of a domain',
    ...sections,
    ...Array.from(groups, ([heading, rows]) => `## ${heading}\n\n${table(rows)}`),
    '## Verbs without a domain',
    ...plain,
  ].join('\n\n')}\n`;
}

/** Adds to `groups`, under a heading, what is not yet there under the title. */
function addNew(groups, title, rows, heading) {
  const known = new Set((groups.get(title) ?? []).map(([option]) => option));
  const added = rows.filter(([option]) => !known.has(option));
  if (added.length > 0) groups.set(heading, [...(groups.get(heading) ?? []), ...added]);
}

/** A verb's own options, and where the others stand. */
function section(command, lists) {
  const own = lists.get(OWN);
  const others = [...lists.keys()].filter((title) => title !== OWN && title !== COMMON);
  const parts = [
    `### ${command}`,
    own ? table(own) : '',
    others.length > 0 ? `Also takes: ${others.join(', ')}.` : '',
  ];
  return parts.filter(Boolean).join('\n\n');
}

/** The lists of options in a verb's help, by their titles. */
async function optionsOf(...words) {
  const lists = [...listsIn(await help(...words))];
  return new Map(lists.filter(([, rows]) => rows.some(([name]) => name.startsWith('-'))));
}

/** The lists of a help text by their titles: of each line its name and what is said of it. */
function listsIn(text) {
  const lists = new Map();
  let rows;
  for (const line of text.split('\n')) {
    const title = /^(\S.*):$/.exec(line);
    const row = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line);
    if (title) lists.set(title[1], (rows = []));
    else if (row) rows?.push([row[1], row[2] ?? '']);
    else if (line.trim() && rows?.length) rows.at(-1)[1] += ` ${line.trim()}`;
  }
  return lists;
}

function table(rows) {
  const cells = rows.map(([option, meaning]) => `| \`${option}\` | ${escape(meaning.trim())} |`);
  return ['| option | what it is |', '| --- | --- |', ...cells].join('\n');
}

/** Text in a table of markdown, flags as code; names in angle brackets are no tags. */
function escape(text) {
  return text.replace(/`[^`]*`|--[a-z][\w-]*|[|<]/g, (found) => {
    if (found.startsWith('`')) return found;
    return found.startsWith('--') ? `\`${found}\`` : `\\${found}`;
  });
}

async function help(...words) {
  const { stdout } = await promisify(execFile)(process.execPath, [RAMBLE, ...words, '--help']);
  return stdout;
}
