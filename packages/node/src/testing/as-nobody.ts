/** Runs a function as a user without rights if the test runs as root, who may do everything. */
export async function asNobody<T>(run: () => Promise<T>): Promise<T> {
  const { geteuid, seteuid } = process;
  if (geteuid?.() !== 0 || !seteuid) return run();
  seteuid(65534);
  try {
    return await run();
  } finally {
    seteuid(0);
  }
}
