export { checkApiKey, isLoopback } from './http/guards.js';
export type { ServedModel } from './completion/batch-driver.js';
export type { Page, PageCalls, StreamedCall, WholeCall } from './page/page.js';
export { type Server, type ServerOptions, startServer } from './start-server.js';
