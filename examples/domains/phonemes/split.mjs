// Holds out a tenth of the words, with all their pronunciations, by the hashes of the words: node
// examples/domains/phonemes/split.mjs cmudict.txt train.txt test.txt
import { readFileSync, writeFileSync } from 'node:fs';

import { fingerprint } from '@ramble/core';

const [dictionary, train, test] = process.argv.slice(2);
const lines = readFileSync(dictionary, 'latin1').trim().split('\n');
const isTest = (line) => {
  const word = line.split(/[\s(]/, 1)[0].toUpperCase(); // READ(1) is READ
  return Number(`0x${fingerprint({ word }).slice(-4)}`) % 10 === 0;
};
writeFileSync(train, `${lines.filter((line) => !isTest(line)).join('\n')}\n`);
writeFileSync(test, `${lines.filter(isTest).join('\n')}\n`);
