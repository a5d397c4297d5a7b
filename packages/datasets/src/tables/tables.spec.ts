import { fileURLToPath } from 'node:url';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DataFile } from '@ramble/core';
import { parquetMetadata } from 'hyparquet';

import { openDataFiles, type OpenDataOptions } from '../files/open-data-files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-tables-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));

async function* stdin(): AsyncGenerator<Uint8Array> {
  // nothing
}
const texts: OpenDataOptions = {
  extensions: ['.txt', '.jsonl'],
  fields: { names: ['text'], known: [['content'], ['article']] },
  stdin: stdin(),
};
const pairs: OpenDataOptions = {
  extensions: ['.tsv', '.jsonl'],
  fields: {
    names: ['source', 'target'],
    optional: ['from', 'to'],
    known: [['src', 'tgt']],
    areLanguages: true,
  },
  stdin: stdin(),
};
const summaries: OpenDataOptions = {
  extensions: ['.jsonl', '.tsv'],
  fields: { names: ['document', 'summary'], known: [['article', 'highlights']] },
  stdin: stdin(),
};

async function read(path: string, options: OpenDataOptions): Promise<string> {
  return contentOf(await openDataFiles([path], options));
}
async function contentOf(files: readonly DataFile[]): Promise<string> {
  const parts: Uint8Array[] = [];
  for (const file of files) for await (const part of file.chunks()) parts.push(part);
  return Buffer.concat(parts).toString();
}
async function readNoted(path: string, options: OpenDataOptions): Promise<[string, string[]]> {
  const notes: string[] = [];
  const content = await read(path, { ...options, onNote: (note) => void notes.push(note) });
  return [content, notes];
}
const expectRefusal = (path: string, options: OpenDataOptions, said: string): Promise<void> =>
  expect(read(path, options)).rejects.toHaveProperty('message', `${path}${said}`);

/** Whether this process has a file open. */
async function isOpen(path: string): Promise<boolean> {
  const links = (await readdir('/proc/self/fd')).map((fd) =>
    readlink(`/proc/self/fd/${fd}`).catch(() => ''),
  );
  return (await Promise.all(links)).includes(path);
}

(process.platform === 'linux' ? describe : describe.skip)('a file whose fields are refused', () => {
  const long = 'x'.repeat(2 ** 21); // more than is looked at first, so that the file is still open
  it.each([
    ['a.jsonl', `{"id":1,"title":"a"}\n${long}`],
    ['a.csv', `id,title\n1,a\n${long}`],
    ['a.tsv', `a\tb\tc\n${long}`],
    ['a.txt', `%PDF-1.7\n${long}`],
  ])('is closed: %s', async (name, content) => {
    const path = await file(name, content);
    await expect(read(path, pairs)).rejects.toThrow(path);
    for (let i = 0; i < 100 && (await isOpen(path)); i++) await stat(path); // closing takes a moment
    expect(await isOpen(path)).toBe(false);
  });
});

describe('a Parquet file', () => {
  it.each(['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'])(
    'is read with any compression of its pages: %s',
    async (name) => {
      const [content, notes] = await readNoted(fixture(`${name}.parquet`), summaries);
      const lines = content
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
      expect(lines).toEqual(
        Array.from({ length: 25 }, (_, i) => ({
          document: `Ärticle ${i}. It says more.`,
          summary: `Sum ${i}`,
        })),
      );
      expect(notes).toEqual([
        `${fixture(`${name}.parquet`)}: reads article as document and highlights as summary`,
      ]);
    },
  );

  it('has empty texts for nulls, and any file name, such as one of saved input', async () => {
    const path = join(folder, 'saved.txt');
    await writeFile(path, await readFile(fixture('texts.parquet')));
    expect(await read(path, texts)).toBe('{"text":"one"}\n{"text":""}\n{"text":"three"}\n');
  });

  it('chooses the languages of a column as source and target, and notes how to swap them', async () => {
    const path = fixture('translation.parquet');
    const [content, notes] = await readNoted(path, pairs);
    expect(content.split('\n')[0]).toBe('{"source":"Hund 0","target":"dog 0"}');
    expect(notes).toEqual([
      `${path}: reads translation.de as source and translation.en as target; --fields translation.en,translation.de turns it round`,
    ]);
    const givenFields = ['translation.en', 'translation.de'];
    const [turned, none] = await readNoted(path, { ...pairs, givenFields });
    expect(turned.split('\n')[0]).toBe('{"source":"dog 0","target":"Hund 0"}');
    expect(none).toEqual([]);
  });

  it('reports its columns, and which are not texts', async () => {
    const path = fixture('snappy.parquet');
    await expectRefusal(
      path,
      pairs,
      ': expected source and target, got id, article, highlights; name them with --fields article,highlights',
    );
    await expectRefusal(
      path,
      { ...texts, givenFields: ['title'] },
      ': expected the field title of --fields, got id, article, highlights',
    );
    await expectRefusal(
      path,
      { ...texts, givenFields: ['id'] },
      ' row 1: expected text in id, got 0',
    );
  });

  it('explains an error of the system in a sentence', async () => {
    const path = join(folder, 'gone.parquet');
    await writeFile(path, await readFile(fixture('texts.parquet')));
    const opened = await openDataFiles([path], texts);
    await rm(path);
    await expect(contentOf(opened)).rejects.toHaveProperty(
      'message',
      `${path}: expected a file or folder, got nothing at that path`,
    );
    await mkdir(path);
    await expect(contentOf(opened)).rejects.toHaveProperty(
      'message',
      `${path}: expected a file, got a folder`,
    );
  });

  it('is named in the error if it is damaged', async () => {
    const bytes = await readFile(fixture('zstd.parquet'));
    bytes.fill(0xff, 4, 700);
    const path = join(folder, 'a.parquet');
    await writeFile(path, bytes);
    await expect(read(path, summaries)).rejects.toThrow(
      /a\.parquet: expected an intact Parquet file, got damaged data(?: \((?!.*undefined).+\))?$/,
    );
  });

  it('keeps the word undefined out of the error of damaged data', async () => {
    const bytes = await readFile(fixture('texts.parquet'));
    const columns = parquetMetadata(Uint8Array.from(bytes).buffer).row_groups[0].columns;
    // A page begins with its type, as field 1 of a Thrift struct; 32 is not a type.
    for (const { meta_data: column } of columns) {
      const page = Number(column?.dictionary_page_offset ?? column?.data_page_offset);
      expect(bytes[page]).toBe(0x15);
      bytes[page + 1] = 0x40;
    }
    const path = join(folder, 'pages.parquet');
    await writeFile(path, bytes);
    await expect(read(path, texts)).rejects.toHaveProperty(
      'message',
      `${path}: expected an intact Parquet file, got damaged data`,
    );
  });
});

describe('a CSV file', () => {
  it('has quotes, line ends in them, and numbers of rows as spreadsheets have them', async () => {
    const path = await file('a.csv', 'id,text\r\n1,"He said ""hi"",\nand left."\r\n2,two\r\n');
    expect(await read(path, texts)).toBe(
      '\n{"text":"He said \\"hi\\",\\nand left."}\n{"text":"two"}\n',
    );
    const [opened] = await openDataFiles([path], texts);
    expect([opened.extension, opened.unit]).toEqual(['.jsonl', 'row']);
  });

  it.each([
    ['semicolons', 'src;tgt\n"a; b";c, d\n'],
    ['tabs', 'src\ttgt\na; b\tc, d\n'],
    ['commas and a byte-order mark', '\uFEFFsrc,tgt\na; b,"c, d"\n'],
  ])('may have %s', async (_, content) => {
    expect(await read(await file('a.csv', content), pairs)).toBe(
      '\n{"source":"a; b","target":"c, d"}\n',
    );
  });

  it('keeps the languages that a row names', async () => {
    const path = await file('a.csv', 'target,source,to\nHund,dog,de\n');
    expect(await read(path, pairs)).toBe('\n{"source":"dog","target":"Hund","to":"de"}\n');
  });

  it('needs no header if columns are selected by number', async () => {
    const path = await file('a.csv', '7,dog,Hund\n8,cat,Katze\n');
    expect(await read(path, { ...pairs, givenFields: ['3', '2'] })).toBe(
      '{"source":"Hund","target":"dog"}\n{"source":"Katze","target":"cat"}\n',
    );
  });

  it('reports a fault with its position', async () => {
    await expectRefusal(
      await file('a.csv', 'quote,author\nx,y\n'),
      texts,
      ': expected text, got quote, author; name them with --fields quote',
    );
    await expectRefusal(
      await file('b.csv', 'text\nfine\n"open\n'),
      texts,
      ': expected CSV, got Quote Not Closed: the parsing is finished with an opening quote at line 3',
    );
    await expectRefusal(await file('c.csv', ''), texts, ': expected text, got nothing');
  });
});

describe('a .jsonl file', () => {
  it('gets no advice on names if it has too few fields', async () => {
    await expectRefusal(
      await file('few.jsonl', '{"source":"dog"}\n'),
      pairs,
      ': expected source and target, got source',
    );
  });

  it('stays unchanged if it has the names of the app', async () => {
    const content = '{"source": "a", "target":"b"}\r\n\n{"target":"d","source":"c","from":"en"}';
    expect(await read(await file('a.jsonl', content), pairs)).toBe(content);
  });

  it('is read by other names: known ones, given ones, those inside an object', async () => {
    const path = await file(
      'a.jsonl',
      '{"article":"A","highlights":"h","id":1}\n\n{"article":"B","highlights":null}\n',
    );
    const [content, notes] = await readNoted(path, summaries);
    expect(content).toBe('{"document":"A","summary":"h"}\n\n{"document":"B","summary":""}\n');
    expect(notes).toEqual([`${path}: reads article as document and highlights as summary`]);
    expect(await read(path, { ...summaries, givenFields: ['highlights', 'article'] })).toBe(
      '{"document":"h","summary":"A"}\n\n{"document":"","summary":"B"}\n',
    );
    const nested = await file('b.jsonl', '{"translation":{"de":"Hund","en":"dog"},"to":"en"}\n');
    expect(await read(nested, pairs)).toBe('{"source":"Hund","target":"dog","to":"en"}\n');
  });

  it('reports a choice once for many files', async () => {
    await file('a.jsonl', '{"content":"A"}\n');
    await file('b.jsonl', '{"content":"B"}\n');
    const [content, notes] = await readNoted(folder, texts);
    expect(content).toBe('{"text":"A"}\n{"text":"B"}\n');
    expect(notes).toEqual([`${join(folder, 'a.jsonl')}: reads content as text`]);
  });

  it.each([
    [pairs, '\n{"source":1,"target":"x"}', ' line 2: expected text in source, got 1'],
    [
      summaries,
      '{"document":["a",1],"summary":"x"}',
      ' line 1: expected text in document, got ["a",1]',
    ],
    [texts, '{"text":true,"title":"x"}', ' line 1: expected text in text, got true'],
    [
      { ...pairs, givenFields: ['t.a', 't.b'] },
      '{"t":{"a":{"n":1},"b":"x"}}',
      ' line 1: expected text in t.a, got {"n":1}',
    ],
    [
      pairs,
      '{"source":1,"title":"x"}',
      ' line 1: expected JSON with source and target, got {"source":1,"title":"x"}',
    ],
  ])('reports a field without text: %#', async (options, content, said) => {
    await expectRefusal(await file('a.jsonl', content), options, said);
  });

  it('proposes the longest texts for --fields, documents first, and no id', async () => {
    const lines = Array.from({ length: 9 }, (_, i) =>
      JSON.stringify({
        id: `T-${i}`,
        tldr: `it is ${i}`,
        kind: 'a b',
        body: [`it is the ${i}th`, 'one.'],
      }),
    );
    await expectRefusal(
      await file('a.jsonl', lines.join('\n')),
      summaries,
      ': expected document and summary, got id, tldr, kind, body; name them with --fields body,tldr',
    );
    await expectRefusal(
      await file('a.csv', 'paper_id,n,title,abstract\nx,1,a b,a b c\ny,2,c d,c d e\n'),
      summaries,
      ': expected document and summary, got paper_id, n, title, abstract; name them with --fields abstract,title',
    );
  });

  it('joins the texts of a list, and notes it', async () => {
    const lines = '{"source":["One.","Two."],"target":["both"]}\n{"source":[],"target":["none"]}\n';
    const notes: string[] = [];
    const options = {
      ...summaries,
      givenFields: ['source', 'target'],
      onNote: (note: string) => void notes.push(note),
    };
    const path = await file('a.jsonl', lines);
    const content = await read(path, options);
    expect(content).toBe(
      '{"document":"One. Two.","summary":"both"}\n{"document":"","summary":"none"}\n',
    );
    expect(notes).toEqual([
      `${path}: joins the texts of each list in source`,
      `${path}: joins the texts of each list in target`,
    ]);
  });

  it("is read by known names if the field with the app's name has no text", async () => {
    const path = await file('a.jsonl', '{"text":[1],"content":"A"}\n');
    expect(await read(path, texts)).toBe('{"text":"A"}\n');
  });

  it('names the line that lacks a field', async () => {
    const lines = [...Array.from({ length: 16 }, () => '{"src":"a","tgt":"b"}'), '{"src":"c"}'];
    await expectRefusal(
      await file('a.jsonl', lines.join('\n')),
      pairs,
      ' line 17: expected JSON with src and tgt, got {"src":"c"}',
    );
    await expectRefusal(
      await file('b.jsonl', '{"content":"A","article":"B"}\n'),
      texts,
      ': expected text, got content, article; name them with --fields content',
    );
  });
});

describe('a .tsv file', () => {
  it('stays unchanged if it has two columns', async () => {
    const content = 'dog\tHund\r\ncat\tKatze';
    expect(await read(await file('a.tsv', content), pairs)).toBe(content);
  });

  it.each([
    [
      "manythings'",
      'Go.\tGeh.\tCC-BY 2.0 (France) Attribution: tatoeba.org #2877272 (CM) & #8597805 (Roujin)\n',
      'Go.\tGeh.\n',
      'reads column 1 as source and column 2 as target: column 3 is an attribution',
    ],
    [
      "Tatoeba's pairs",
      "1276\tLet's try something.\t77\tLass uns etwas versuchen!\n",
      "Let's try something.\tLass uns etwas versuchen!\n",
      'reads column 2 as source and column 4 as target: columns 1 and 3 are numbers of sentences',
    ],
    [
      "the Tatoeba Challenge's",
      'deu\teng\tHallo!\tHello!\n',
      'Hallo!\tHello!\n',
      'reads column 3 as source and column 4 as target: columns 1 and 2 are languages',
    ],
  ])('of more columns is known: %s', async (_, content, read, note) => {
    const path = await file('a.tsv', content);
    expect(await readNoted(path, pairs)).toEqual([read, [`${path}: ${note}`]]);
  });

  it('of more columns that are not known is refused, or read by --fields', async () => {
    const path = await file('a.tsv', 'dog\tHund\tanimals\ncat\tKatze\n');
    await expectRefusal(
      path,
      pairs,
      ' line 1: expected a source, a tab and a target, got 3 columns: dog | Hund | animals; choose 2 of them with --fields, such as 1,2',
    );
    expect(await read(path, { ...pairs, givenFields: ['2', '1'] })).toBe('Hund\tdog\nKatze\tcat\n');
    await expectRefusal(
      path,
      { ...pairs, givenFields: ['1', '3'] },
      ' line 2: expected at least 3 columns, got 2: cat | Katze',
    );
    await expectRefusal(
      path,
      { ...pairs, givenFields: ['1', '4'] },
      ' line 1: expected the field 4 of --fields, got 1, 2, 3',
    );
  });

  it("gets advice if it is Tatoeba's list of sentences without pairs", async () => {
    await expectRefusal(
      await file('a.tsv', "1276\teng\tLet's try something.\n"),
      pairs,
      " line 1: expected pairs, got Tatoeba's list of sentences in one language each; its download of sentence pairs has both",
    );
  });

  it('may have a header with the names of the app, or with the names in --fields', async () => {
    expect(await read(await file('a.tsv', 'id\tsource\ttarget\n1\tdog\tHund\n'), pairs)).toBe(
      '\ndog\tHund\n',
    );
    const path = await file('b.tsv', 'english\tgerman\ndog\tHund\n');
    expect(await read(path, { ...pairs, givenFields: ['german', 'english'] })).toBe(
      '\nHund\tdog\n',
    );
  });

  it('is a table for an app without tables, if --fields names a column', async () => {
    const path = await file('a.tsv', 'title\tbody\nOne\tHe said "hi".\n');
    expect(await read(path, texts)).toBe('title\tbody\nOne\tHe said "hi".\n');
    expect(await read(path, { ...texts, givenFields: ['body'] })).toBe(
      '\n{"text":"He said \\"hi\\"."}\n',
    );
  });
});

describe('a file of conversations', () => {
  const chats: OpenDataOptions = {
    ...texts,
    fields: { names: ['text'], known: [['content'], ['article']], conversations: true },
  };
  const MESSAGES = [
    { role: 'user', content: 'Who?' },
    { role: 'assistant', content: 'Ishmael.' },
  ];
  const line = (row: object): string => `${JSON.stringify(row)}\n`;

  it.each<[string, object]>([
    ['messages', { id: 7, messages: MESSAGES }],
    [
      'conversations',
      {
        conversations: [
          { from: 'human', value: 'Who?' },
          { from: 'gpt', value: 'Ishmael.' },
        ],
      },
    ],
    [
      'conversation',
      {
        conversation: [
          MESSAGES[0],
          { role: 'assistant', content: [{ type: 'text', text: 'Ishmael.' }] },
        ],
      },
    ],
  ])('is read by its field %s', async (field, row) => {
    const path = await file('chats.jsonl', line(row));
    const [content, notes] = await readNoted(path, chats);
    expect(content).toBe(line({ messages: MESSAGES }));
    expect(notes).toEqual([`${path}: reads ${field} as conversations`]);
    const [opened] = await openDataFiles([path], chats);
    expect(opened).toMatchObject({ holds: 'conversations', extension: '.jsonl' });
  });

  it('keeps tools, calls and weights', async () => {
    const call = { type: 'function', function: { name: 'add', arguments: { a: 1 } } };
    const messages = [
      MESSAGES[0],
      { role: 'assistant', content: null, tool_calls: [call], weight: 0 },
      { role: 'tool', content: '3', tool_call_id: 'c1' },
    ];
    const tools = [{ type: 'function', function: { name: 'add' } }];
    const path = await file(
      'calls.jsonl',
      line({ messages, tools }) + '\n' + line({ messages, tools: null }),
    );
    const read1 = messages.map((each) => ({ ...each, content: each.content ?? '' }));
    expect(await read(path, chats)).toBe(
      line({ messages: read1, tools }) + '\n' + line({ messages: read1 }),
    );
  });

  it('is read by prompt and completion: as texts, or as messages, and only the completion counts', async () => {
    const csv = await file('pairs.csv', 'prompt;completion\n"Who; what?";Ishmael\n');
    expect(await read(csv, chats)).toBe(
      '\n' + line({ prompt: 'Who; what?', completion: 'Ishmael' }),
    );
    const row = { prompt: [MESSAGES[0], MESSAGES[1], MESSAGES[0]], completion: [MESSAGES[1]] };
    const path = await file('lists.jsonl', line(row));
    const before = row.prompt.map((each) => ({ ...each, weight: 0 }));
    expect(await read(path, chats)).toBe(line({ messages: [...before, MESSAGES[1]] }));
  });

  describe('with chosen and rejected answers', () => {
    const other = { role: 'assistant', content: 'Ahab.' };
    const [question, answer] = MESSAGES;
    const before = { ...question, weight: 0 };
    const expected = line({ messages: [before, answer], rejected: [before, other] });

    it.each<[string, object]>([
      ['with a prompt', { prompt: [question], chosen: [answer], rejected: [other] }],
      ['with the same beginning', { chosen: [question, answer], rejected: [question, other] }],
      [
        'with the prompt as a text and in both conversations',
        { prompt: 'Who?', chosen: [question, answer], rejected: [question, other], score: 1 },
      ],
      [
        'with the chosen one as messages, too',
        { messages: MESSAGES, chosen: [question, answer], rejected: [question, other] },
      ],
    ])('is a conversation and a rejected one: %s', async (_, row) => {
      expect(await read(await file('pairs.jsonl', line(row)), chats)).toBe(expected);
    });

    it('is a CSV file of texts', async () => {
      const path = await file('pairs.csv', 'prompt;chosen;rejected\nWho?;Ishmael.;Ahab.\n');
      const [content, notes] = await readNoted(path, chats);
      expect(content).toBe(
        '\n' + line({ prompt: 'Who?', completion: 'Ishmael.', rejected: 'Ahab.' }),
      );
      expect(notes).toEqual([`${path}: reads prompt, chosen and rejected as conversations`]);
    });

    it.each<[string, object, string]>([
      [
        'answers without a prompt',
        { chosen: [answer], rejected: [other] },
        'line 1: there is no prompt; add the field prompt, or begin both chosen and rejected with its messages',
      ],
      [
        'texts without a prompt',
        { chosen: 'Ishmael.', rejected: 'Ahab.' },
        'line 1: expected prompt as a text, as chosen and rejected are, got nothing',
      ],
      [
        'the same answer twice',
        { prompt: [question], chosen: [answer], rejected: [answer] },
        'line 1: expected different messages in chosen and rejected, got the same',
      ],
      [
        'a text and messages',
        { prompt: 'Who?', chosen: [question, answer], rejected: 'Ahab.' },
        'line 1: expected rejected as a list of messages, such as',
      ],
    ])('is refused with its place for %s', async (_, row, reason) => {
      await expect(read(await file('bad.jsonl', line(row)), chats)).rejects.toThrow(reason);
    });
  });

  it('is a CSV file with JSON in its cells, or a Parquet file', async () => {
    const cell = JSON.stringify(MESSAGES).replaceAll('"', '""');
    const csv = await file('chats.csv', `id,messages\n1,"${cell}"\n`);
    expect(await read(csv, chats)).toBe('\n' + line({ messages: MESSAGES }));
    expect(await read(fixture('messages.parquet'), chats)).toBe(
      line({ messages: MESSAGES }).repeat(2),
    );
  });

  it.each<[string, object, string]>([
    ['an empty list', { messages: [] }, 'line 2: expected messages as a list of messages, such as'],
    ['no list', { messages: 'Who?' }, 'such as {"role": "user", "content": "Hello"}, got Who?'],
    [
      'no role',
      { messages: [{ content: 'a' }] },
      'line 2: messages[0]: expected a text in role, got nothing',
    ],
    [
      'an unknown role',
      { messages: [{ role: 'captain', content: 'a' }] },
      'line 2: messages[0]: expected system, user, assistant or tool as role, got captain',
    ],
    [
      'a picture',
      { messages: [{ role: 'user', content: [{ type: 'image' }] }] },
      'expected a text in content, got [{"type":"image"}]',
    ],
    [
      'tools that are no list',
      { messages: MESSAGES, tools: 'add' },
      'line 2: expected tools as a list of functions, got add',
    ],
  ])('is refused with its place for %s', async (_, row, reason) => {
    const path = await file('bad.jsonl', line({ messages: MESSAGES, tools: [] }) + line(row));
    await expect(read(path, chats)).rejects.toThrow(reason);
  });

  it.each([
    ['{"messages": [', '{"messages": [; each line has a whole object, as jq -c . writes it'],
    ["{'messages': []}", "{'messages': []}; JSON has double quotes, as json.dumps writes them"],
  ])('is refused with its place for a line that is not JSON: %s', async (broken, got) => {
    const path = await file('bad.jsonl', line({ messages: MESSAGES }) + broken);
    await expect(read(path, chats)).rejects.toThrow(`bad.jsonl line 2: expected JSON, got ${got}`);
  });

  it.each(['talks.json', 'talks.jsonl'])('is read from a list in %s', async (name) => {
    const list = [{ messages: MESSAGES }, { messages: MESSAGES.slice(0, 2) }];
    for (const json of [JSON.stringify(list), JSON.stringify(list, null, 2)]) {
      expect(await read(await file(name, `\ufeff${json}\n`), chats)).toBe(list.map(line).join(''));
    }
    const one = await file(name, JSON.stringify(MESSAGES, null, 2));
    expect(await read(one, chats)).toBe(line({ messages: MESSAGES }));
    const texts = await file(name, JSON.stringify([{ content: 'a' }, { content: 'b' }]));
    expect(await read(texts, chats)).toBe('{"text":"a"}\n{"text":"b"}\n');
    const bad = await file(name, '[{"content": "a"}, 3]');
    await expect(read(bad, chats)).rejects.toThrow(
      `${name} row 2: expected an object in the list, got 3`,
    );
    const cut = await file(name, '[{"content": "a"},\n');
    await expect(read(cut, chats)).rejects.toThrow(
      `${name}: expected a list of objects in JSON: Unexpected end of JSON input`,
    );
  });

  it('is read from lines that are named .json, and other JSON stays text', async () => {
    const lines = line({ messages: MESSAGES }).repeat(2);
    expect(await read(await file('lines.json', lines), chats)).toBe(lines);
    for (const text of ['{\n"a": 1}', '[1, 2]', '{"a": [']) {
      expect(await read(await file('other.json', text), chats)).toBe(text);
    }
  });

  it('has roles by the names of other programs, in any case', async () => {
    const [system, user, model] = ['Developer', 'Human', 'model'].map((role) => ({ role, content: role })); // prettier-ignore
    const path = await file('roles.jsonl', line({ messages: [system, user, model] }));
    expect(await read(path, chats)).toBe(
      line({
        messages: [
          { role: 'system', content: 'Developer' },
          { role: 'user', content: 'Human' },
          { role: 'assistant', content: 'model' },
        ],
      }),
    );
  });

  it('is read as texts if it has them, and by an app without conversations not at all', async () => {
    const both = await file('both.jsonl', line({ messages: MESSAGES, content: 'hi' }));
    expect(await read(both, chats)).toBe('{"text":"hi"}\n');
    const talk = await file('talk.jsonl', line({ id: '7', messages: MESSAGES }));
    const questions = await file('questions.jsonl', line({ question: 'Who?', answer: 'A whale' }));
    await expect(read(questions, chats)).rejects.toThrow(
      'expected text, got question, answer; name them with --fields answer, or rename a question and its answer to prompt and completion',
    );
    const advice = '; name those that hold the texts with --fields';
    await expectRefusal(talk, pairs, `: expected source and target, got id, messages${advice}`);
  });
});

describe('a file of questions with choices', () => {
  const questions: OpenDataOptions = { ...texts, fields: { names: [], choices: true } };
  const line = (row: object): string => `${JSON.stringify(row)}\n`;
  const HELLASWAG = {
    activity_label: 'Sailing',
    ctx_a: 'A man sails.',
    ctx_b: 'he SAYS',
    endings: [' sings. [title] A song', 'flies [step]  away.'],
    label: '1',
  };
  const ARC = { prompt: 'Question: Who?\nAnswer:', choices: ['Ahab', 'Ishmael'], answer: 1 };
  const CHOICES = { text: ['Ahab', 'Ishmael'], label: ['A', 'B'] };
  const OBJECTS = [
    { text: 'Ahab', label: 'A' },
    { text: 'Ishmael', label: 'B' },
  ];
  const MMLU = {
    prompt: 'Who?\nA. Ahab\nB. Ishmael\nAnswer:',
    choices: ['A', 'B'],
    answer: 1,
    texts: ['Ahab', 'Ishmael'],
  };
  const ABOUT = 'The following are multiple choice questions (with answers) about us history.\n\n';

  it.each<[string, object, object]>([
    [
      'HellaSwag',
      HELLASWAG,
      {
        prompt: 'Sailing: A man sails. He says',
        choices: ['sings.. A song', 'flies  away.'], // as Python's replace leaves two of three spaces
        answer: 1,
      },
    ],
    [
      'contexts and endings',
      { id: 7, context: 'Call me', endings: ['Ahab', 'Ishmael'], label: 1 },
      { prompt: 'Call me', choices: ['Ahab', 'Ishmael'], answer: 1 },
    ],
    [
      'contexts and endings',
      { ctx: 'Call me', endings: ['Ahab', 'Ishmael'], label: 0 },
      { prompt: 'Call me', choices: ['Ahab', 'Ishmael'], answer: 0 },
    ],
    ['ARC', { question: 'Who?', choices: CHOICES, answerKey: 'B' }, ARC],
    ['ARC', { question: 'Who?', choices: OBJECTS, answerKey: 'B' }, ARC],
    ['ARC', { question: { stem: 'Who?', choices: OBJECTS }, answerKey: 'B' }, ARC],
    ['MMLU', { question: ' Who? ', choices: CHOICES.text, answer: 1 }, MMLU],
    ['MMLU', { question: 'Who?', choices: CHOICES.text, answer: 'B' }, MMLU],
    ['MMLU', { Question: 'Who?', A: 'Ahab', B: 'Ishmael', Answer: 'B' }, MMLU],
    [
      'MMLU',
      { question: 'Who?', subject: 'us_history', choices: CHOICES.text, answer: '1' },
      { ...MMLU, prompt: `${ABOUT}${MMLU.prompt}` },
    ],
  ])('is read in the form of %s: %j', async (form, row, question) => {
    const path = await file('questions.jsonl', `${line(row)}\n`);
    const [content, notes] = await readNoted(path, questions);
    expect(content).toBe(`${line(question)}\n`);
    expect(notes).toEqual([
      expect.stringMatching(new RegExp(` as questions in the form of ${form}$`)),
    ]);
    const [opened] = await openDataFiles([path], questions);
    expect(opened).toMatchObject({ holds: 'choices', extension: '.jsonl' });
  });

  it('is a CSV file with JSON in its cells, or a Parquet file', async () => {
    const cell = JSON.stringify(CHOICES).replaceAll('"', '""');
    const arc = await file('arc.csv', `question,choices,answerKey\nWho?,"${cell}",B\n`);
    expect(await read(arc, questions)).toBe('\n' + line(ARC));
    const mmlu = await file('mmlu.csv', 'question;A;B;C;answer\nWho?;Ahab;Ishmael;;B\n');
    expect(await read(mmlu, questions)).toBe('\n' + line(MMLU));
    expect(await read(fixture('arc.parquet'), questions)).toBe(line(ARC));
    expect(await read(fixture('mmlu.parquet'), questions)).toBe(
      line({ ...MMLU, prompt: `${ABOUT}${MMLU.prompt}` }),
    );
    expect(await read(fixture('hellaswag.parquet'), questions)).toBe(
      line({
        prompt: 'Sailing: A man sails. He',
        choices: ['sings.', 'flies away.'],
        answer: 1,
      }),
    );
  });

  it.each<[object, string]>([
    [
      { ...HELLASWAG, label: '' },
      'expected the index of a choice from 0 to 1 in label, got nothing',
    ],
    [{ ...HELLASWAG, label: 2 }, 'expected the index of a choice from 0 to 1 in label, got 2'],
    [{ ...HELLASWAG, endings: 'sings' }, 'expected a list of texts in endings, got sings'],
    [{ ...HELLASWAG, endings: ['a'], label: 0 }, 'expected at least two choices, got 1'],
    [{ ...HELLASWAG, endings: ['a', ''] }, 'expected a question and choices, got an empty one'],
    [{ ...HELLASWAG, ctx_a: 4 }, 'expected a text in ctx_a, got 4'],
  ])('is refused with its place: %j', async (row, reason) => {
    const path = await file('bad.jsonl', line(HELLASWAG) + line(row));
    await expect(read(path, questions)).rejects.toThrow(`bad.jsonl line 2: ${reason}`);
  });

  it('is refused for a key that no choice has', async () => {
    const path = await file(
      'bad.jsonl',
      line({ question: 'Who?', choices: CHOICES, answerKey: 'C' }),
    );
    await expect(read(path, questions)).rejects.toThrow(
      'bad.jsonl line 1: expected one of A, B in answerKey, got C',
    );
  });
});
