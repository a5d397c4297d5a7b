/** Whether a browser can be shown to whoever sits at this terminal. */
export function hasDisplay(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const { DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME, SSH_CONNECTION } = environment;
  if (SSH_CONNECTION) return false; // it would be shown where nobody sits
  if (platform === 'win32' || platform === 'darwin') return true;
  return [DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME].some(Boolean);
}

/** Shows an address in the default browser; where that fails, nothing happens. */
export async function openPage(url: string): Promise<void> {
  const { default: open } = await import('open');
  const browser = await open(url).catch(() => undefined);
  browser?.on('error', () => undefined);
}
