import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { FOREIGN_NAMES } from '@ramble/core/sampling';

const RAMBLE = fileURLToPath(new URL('../../apps/ramble/bin/ramble.js', import.meta.url));
const DEFAULT = /\bdefault: (.*)\)$/;
const [OWN, COMMON] = ['Options', 'For every verb'];

/** Returns the page of all options, in Markdown, from the output of `--help-all` for every verb of every domain. */
export async function optionsPage() {
  const overview = listsIn(await help());
  const names = (title) => overview.get(title).map(([name]) => name);
  const domains = names('Domains').filter((name) => !name.startsWith('.'));
  const groups = new Map(); // options that several verbs have
  const verbsOf = new Map();
  for (const domain of domains) {
    verbsOf.set(
      domain,
      listsIn(await help(domain))
        .get('Verbs')
        .map(([name]) => name),
    );
  }
  const sections = [];
  for (const verb of names('Verbs of a domain')) {
    const own = new Map();
    const able = domains.filter((domain) => verbsOf.get(domain).includes(verb));
    const found = await Promise.all(able.map((domain) => optionsOf(domain, verb)));
    found.forEach((lists, i) => [own, groups].forEach((all) => add(all, able[i], lists)));
    sections.push(section(heading(verb, able, domains), own, able));
  }
  groups.delete(OWN);
  const plain = [];
  for (const name of names('Verbs without a domain')) {
    const verbs = listsIn(await help(name)).get('Verbs') ?? [['']];
    for (const [verb] of verbs) {
      const command = `${name} ${verb}`.trim();
      const own = new Map();
      add(own, '', await optionsOf(...command.split(' ')));
      plain.push(section(command, own, ['']));
    }
  }
  return `${[
    '# Options',
    'What `--help-all` says of every verb. Where domains have defaults of their own, all are told. Settings of the model, of training and of a domain may also stand in a file of JSON, with names in camelCase: `--config settings.json`.',
    '## Verbs of a domain',
    ...sections,
    ...Array.from(groups, ([title, options]) => {
      const having = domainsOf(options);
      return `## ${heading(title, having, domains)}\n\n${table(options, having)}`;
    }),
    '## Verbs without a domain',
    ...plain,
    '## Names of other programs',
    'The command also accepts the names that nanoGPT, Hugging Face, llama.cpp, vLLM and OpenAI use for the same options, with hyphens or underscores: `--block_size=256` is `--context-length 256`. If a name means something else there, or has no equivalent, the error says what to type instead: for `--do-sample`, `--method random`. Programs have ramble’s names only. Requests to the server accept these names of sampling settings too.',
    foreignNames(),
    'Verbs too: `generate` is `sample`, `eval` and `perplexity` are `evaluate`, `tokenize` is `encode`, `server` is `serve`. Short flags: `-m` model, `-p` prompt, `-o` out, `-d` data, `-n` max-new-tokens, `-s` seed, `-v` version.',
  ].join('\n\n')}\n`;
}

/**
 * Adds the descriptions of options in a domain's help.
 *
 * @param all - Descriptions so far: maps from title to option to domain to description.
 */
function add(all, domain, lists) {
  for (const [title, rows] of lists) {
    const options = all.get(title) ?? new Map();
    all.set(title, options);
    for (const [option, meaning] of rows) {
      const meanings = options.get(option) ?? new Map();
      options.set(option, meanings);
      if (!meanings.has(domain)) meanings.set(domain, meaning);
    }
  }
}

/** Returns the domains that have at least one of the given options. */
function domainsOf(options) {
  return [...new Set([...options.values()].flatMap((meanings) => [...meanings.keys()]))];
}

/** Returns a title, followed by the domains that have its options unless all have them: `Model (text, music)`. */
function heading(title, having, domains) {
  const isPlain = having.length === domains.length || having[0] === title.toLowerCase();
  return isPlain ? title : `${title} (${having.join(', ')})`;
}

/** Formats a verb's own options, with links to shared ones. */
function section(command, lists, domains) {
  const own = lists.get(OWN);
  const others = [...lists].filter(([title]) => title !== OWN && title !== COMMON);
  const titles = others.map(([title, options]) => heading(title, domainsOf(options), domains));
  const parts = [
    `### ${command}`,
    own ? table(own, domains) : '',
    titles.length > 0 ? `Also takes: ${titles.join(', ')}.` : '',
  ];
  return parts.filter(Boolean).join('\n\n');
}

/** Returns the lists of options in a verb's help, by their titles. */
async function optionsOf(...words) {
  const lists = [...listsIn(await help(...words))];
  return new Map(lists.filter(([, rows]) => rows.some(([name]) => name.startsWith('-'))));
}

/** Returns the lists of a help text by title; each line has a name and a description. */
function listsIn(text) {
  const lists = new Map();
  let rows;
  for (const line of text.split('\n')) {
    const title = /^(\S.*):$/.exec(line);
    const row = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line);
    if (title) lists.set(title[1], (rows = []));
    else if (row) rows?.push([row[1], (row[2] ?? '').trim()]);
    else if (line.trim() && rows?.length) rows.at(-1)[1] += ` ${line.trim()}`;
  }
  return lists;
}

function table(options, domains) {
  const cells = Array.from(options, ([option, meanings]) => {
    return `| \`${option}\` | ${escape(describeIn(meanings, domains))} |`;
  });
  return ['| option | what it is |', '| --- | --- |', ...cells].join('\n');
}

/** Returns a Markdown table with the names that each option has in other programs. */
function foreignNames() {
  const rows = Array.from(FOREIGN_NAMES, ([setting, names]) => {
    const flag = setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return `| \`--${flag}\` | ${names.map((name) => `\`${name}\``).join(', ')} |`;
  });
  return ['| ramble | elsewhere |', '| --- | --- |', ...rows].join('\n');
}

/** Escapes text for a Markdown table: flags become code, and names in angle brackets are not tags. */
function escape(text) {
  return text.replace(/`[^`]*`|--[a-z][\w-]*|[|<]/g, (found) => {
    if (found.startsWith('`')) return found;
    return found.startsWith('--') ? `\`${found}\`` : `\\${found}`;
  });
}

async function help(...words) {
  const { stdout } = await promisify(execFile)(process.execPath, [RAMBLE, ...words, '--help-all'], {
    env: { ...process.env, npm_command: 'exec' }, // commands as under npx
  });
  return stdout;
}

/**
 * Describes an option in several domains, in one text: the first description, the different
 * defaults of other domains, and the domains that have the option, if not all do.
 *
 * @param meanings - Descriptions by domain, as in their help.
 * @param domains - All domains that could have it.
 */
export function describeIn(meanings, domains) {
  const saying = new Map(); // domains by their description
  for (const [domain, meaning] of meanings) {
    saying.set(meaning, [...(saying.get(meaning) ?? []), domain]);
  }
  const [[first], ...others] = saying;
  const differing = others.map(([meaning, having]) => {
    return `${having.join(', ')}: ${isAlike(first, meaning) ? DEFAULT.exec(meaning)[1] : meaning}`;
  });
  const notes = [
    ...(differing.length > 0 ? [`In ${differing.join('; ')}.`] : []),
    ...(meanings.size < domains.length ? [`Only ${[...meanings.keys()].join(', ')}.`] : []),
  ];
  return [first, ...notes].join(' ');
}

/** Whether two descriptions of an option differ only in the default that they state. */
function isAlike(one, other) {
  const [without, otherWithout] = [one, other].map((text) => text.replace(DEFAULT, ''));
  return DEFAULT.test(one) && DEFAULT.test(other) && without === otherWithout;
}
