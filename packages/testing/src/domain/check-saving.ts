import { type Domain, fingerprint } from '@ramble/core';

import { assertEqual } from '../assert-equal.js';
import type { DomainContract } from './domain-contract.js';

/** A domain that was saved and loaded encodes the same. */
export async function checkSaving<E, P, O, D extends Domain<E, P, O>>({
  create,
  factory,
  valid,
}: DomainContract<E, P, O, D>): Promise<void> {
  const domain = await create();
  const loaded = await factory.load(factory.save(domain));
  assertEqual('vocabulary.size', loaded.vocabulary.size, domain.vocabulary.size);
  assertEqual('stopTokens', loaded.stopTokens, domain.stopTokens);
  valid.forEach(({ example }, i) => {
    const [actual, expected] = [loaded.encodeExample(example), domain.encodeExample(example)];
    assertEqual(`valid[${i}]`, Array.from(actual.tokens), Array.from(expected.tokens));
  });
}

/** Equal domains have one fingerprint, before and after loading; another vocabulary has another. */
export async function checkFingerprint<E, P, O, D extends Domain<E, P, O>>({
  create,
  createOther,
  factory,
}: DomainContract<E, P, O, D>): Promise<void> {
  const files = factory.save(await create());
  const mark = fingerprint(files);
  assertEqual('fingerprint of an equal domain', fingerprint(factory.save(await create())), mark);
  const loaded = factory.save(await factory.load(files));
  assertEqual('fingerprint when loaded', fingerprint(loaded), mark);
  if (createOther && fingerprint(factory.save(await createOther())) === mark) {
    throw new Error(
      `fingerprint of another vocabulary: expected one that differs from ${mark}, got the same`,
    );
  }
}
