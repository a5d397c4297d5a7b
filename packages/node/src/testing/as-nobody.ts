/** Runs as a user without rights, where the test runs as root, whom nothing stops. */
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
