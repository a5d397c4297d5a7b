import type { RunStorage } from '@ramble/runs';

/** Bytes of every file in a folder of a run but one that says something of the others, by name. */
export async function fileSizes(
  storage: RunStorage,
  folder: string,
  except?: string,
): Promise<Readonly<Record<string, number>>> {
  const sizes: Record<string, number> = {};
  for (const name of await storage.list(folder)) {
    if (name === except) continue;
    const file = await storage.open(`${folder}/${name}`);
    sizes[name] = file.sizeBytes;
    await file.close();
  }
  return sizes;
}
