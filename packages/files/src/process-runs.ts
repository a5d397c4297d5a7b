/** Whether a process with this id runs on this machine; it may be another than was meant. */
export function processRuns(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    // Other people's processes may not be signalled, but they run.
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // all that `kill` throws
  }
}
