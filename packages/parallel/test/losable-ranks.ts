import { inMemoryRanks, LostRankError, type Ranks } from '../src/ranks/ranks.js';

/** Ranks in one process that continue when some of them end. */
export interface LosableRanks {
  readonly ranks: readonly Ranks[];
  /**
   * Ends the rank that had this number at the start. Operations of the other ranks are rejected until they exclude
   * it.
   */
  lose(number: number): void;
}

/** Makes ranks in memory that can continue after some of them have ended. */
export function losableRanks(count: number): LosableRanks {
  let living = Array.from({ length: count }, (_, i) => i);
  let group = inMemoryRanks(count);
  let members = living;
  const meeting = barrier(() => living.length);
  const own = (number: number): Ranks => group[members.indexOf(number)];
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw new LostRankError('a rank has ended', { cause: error });
    }
  };
  const ranks = living.map((number): Ranks => ({
    get rank() {
      return own(number).rank;
    },
    get count() {
      return own(number).count;
    },
    recovery: {
      agree: async (isDone) => {
        if (!isDone) own(number).abort(1);
        const all = await meeting.meet(isDone);
        return all.every(Boolean) && members.length === living.length;
      },
      shrink: async () => {
        await meeting.meet(true);
        if (members.length === living.length) return; // another rank has done it
        [members, group] = [living, inMemoryRanks(living.length)];
      },
    },
    sum: (values) => guarded(own(number).sum(values)),
    sumParts: (values, ends) => guarded(own(number).sumParts(values, ends)),
    gatherParts: (values, ends) => guarded(own(number).gatherParts(values, ends)),
    broadcast: (values) => guarded(own(number).broadcast(values)),
    gather: (bytes) => guarded(own(number).gather(bytes)),
    announce: () => undefined,
    abort: (status) => own(number).abort(status),
    close: () => own(number).close(),
  }));
  return {
    ranks,
    lose: (number) => {
      own(number).abort(1);
      living = living.filter((each) => each !== number);
      meeting.look();
    },
  };
}

/** Makes a barrier: when all remaining ranks have called `meet`, each receives the values of all. */
function barrier(count: () => number): {
  meet(said: boolean): Promise<boolean[]>;
  look(): void;
} {
  let waiting: { said: boolean; resolve: (all: boolean[]) => void }[] = [];
  const look = (): void => {
    if (waiting.length < count()) return;
    const all = waiting;
    waiting = [];
    for (const { resolve } of all) resolve(all.map(({ said }) => said));
  };
  return {
    meet: (said) =>
      new Promise((resolve) => {
        waiting.push({ said, resolve });
        look();
      }),
    look,
  };
}
